"""Where compiled simulators are kept: whole ones only, the oldest forgotten.

What is kept is listed in a seal, with sizes and digests, that is written last. Only what equals its
seal is used: a full disk, a killed process or a fallen machine leave something else behind, which
would end a program that loads it.
"""

import functools
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from goldspike.cosim.simulator.lock import locked
from goldspike.model.paths import BUILD, unusable
from goldspike.model.scratch import scratch

__all__ = [
    "CACHE",
    "LOCKS",
    "add_file",
    "is_whole",
    "publish",
    "scratch_folder",
    "seal",
    "seal_of",
    "used",
]

CACHE = BUILD / "simulators"
LOCKS = BUILD / "locks"
CACHE_BYTES = 1 << 30
KEEP_SECONDS = 3600
SCRATCH = ".part-"
SEAL = "whole.json"


def seal(folder: Path, *names: str, to: str = SEAL) -> None:
    """Write size and digest of some files of a folder; of all files without names."""
    files = names or sorted(path.name for path in folder.iterdir())
    listed = {name: [(folder / name).stat().st_size, digest(folder / name)] for name in files}
    (folder / to).write_text(json.dumps(listed), encoding="utf-8")


def is_whole(folder: Path, *names: str, by: str = SEAL) -> bool:
    """Return whether a folder holds what its seal lists.

    Parameters
    ----------
    folder : Path
    *names : str
        Files whose contents are held against their digests; default: all. Sizes are of all files.
    by : str
        Name of the seal.
    """
    try:
        listed = json.loads((folder / by).read_bytes())
        sizes = all((folder / name).stat().st_size == size for name, (size, _) in listed.items())
        return sizes and all(digest(folder / name) == listed[name][1] for name in names or listed)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def digest(path: Path) -> str:
    """Return the digest of a file, read once as long as it does not change."""
    state = path.stat()
    return read_digest(path, state.st_ino, state.st_size, state.st_mtime_ns)


@functools.lru_cache(maxsize=4096)
def read_digest(path: Path, *_: int) -> str:
    """Return the digest of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def used(folder: Path) -> None:
    """Note that an entry was used: the cache forgets what was not used for longest."""
    with suppress(OSError):  # a cache that can only be read
        os.utime(folder)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a folder beside the cache, so that a finished build is renamed into it in one step.

    Raises
    ------
    InputError
        If the cache cannot be written, or its disk is full.
    """
    try:
        CACHE.mkdir(parents=True, exist_ok=True)
        with scratch(SCRATCH, CACHE) as path:
            yield path
        forget_oldest()
    except OSError as error:
        raise unusable(error) from None


def forget_oldest() -> None:
    """Keep the cache below its bound: drop what was not used for longest."""
    entries = []
    for folder in CACHE.iterdir():
        with suppress(OSError):  # somebody else may be dropping it
            size = sum(path.stat().st_size for path in folder.iterdir())
            entries.append((folder.stat().st_mtime, size, folder))
    kept = 0
    for last, size, folder in sorted(entries, reverse=True):
        kept += size
        fresh = time.time() - last < KEEP_SECONDS  # may be in use, or under way elsewhere
        if kept > CACHE_BYTES and not fresh:
            shutil.rmtree(folder, ignore_errors=True)


def publish(ready: Path, place: Path) -> None:
    """Seal a finished folder and move it into the cache.

    If somebody else was faster, theirs is kept; what is not whole is replaced.
    """
    seal(ready)
    with locked(LOCKS / "publish.lock"):
        if is_whole(place):
            return
        with suppress(FileNotFoundError):
            place.rename(ready.with_name("broken"))  # the scratch folder is removed
        ready.rename(place)


def add_file(ready: Path, folder: Path) -> None:
    """Move one more file into a folder of the cache, with a seal of its own."""
    own = seal_of(ready.name)
    seal(ready.parent, ready.name, to=own)
    with locked(LOCKS / "publish.lock"):
        if not is_whole(folder, by=own):
            ready.replace(folder / ready.name)
            ready.with_name(own).replace(folder / own)


def seal_of(name: str) -> str:
    """Return the name of the seal of a file that was added."""
    return f"{name}.{SEAL}"
