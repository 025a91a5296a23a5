"""Folders and files for what is needed for a moment: none of them stays.

A process that is killed leaves its own behind: whoever makes the next one of the kind removes it.
What is in use is known by the lock that its owner holds on it.
"""

import fcntl
import glob
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["draft", "scratch"]

HEX = "[0-9a-f]"


@contextmanager
def scratch(prefix: str, folder: Path | None = None) -> Iterator[Path]:
    """Yield a fresh folder that is removed afterwards, however the block ends.

    Parameters
    ----------
    prefix : str
        How the folder's name begins.
    folder : Path, optional
        Where it is made; default: where the system keeps temporary files.
    """
    parent = folder or Path(tempfile.gettempdir())
    for left in parent.glob(f"{prefix}*"):
        remove_left(left)
    while True:
        path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        try:
            handle = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue  # somebody took it for left at once
        with suppress(OSError):  # a file system without locks: then nobody removes it
            fcntl.flock(handle, fcntl.LOCK_EX)
        if path.exists():  # else somebody took it for left before it was locked
            break
        os.close(handle)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(handle)


@contextmanager
def draft(target: Path) -> Iterator[BinaryIO]:
    """Yield a file to fill, which takes the place of `target` when the block ends well."""
    stem = f".{target.name[:40]}."
    for left in target.parent.glob(f"{glob.escape(stem)}{HEX * 12}.tmp"):
        remove_left(left)
    while True:
        path = target.with_name(f"{stem}{uuid.uuid4().hex[:12]}.tmp")
        stream = path.open("xb")
        with suppress(OSError):
            fcntl.flock(stream, fcntl.LOCK_EX)
        if path.exists():
            break
        stream.close()
    try:
        with stream:
            yield stream
            stream.flush()
            path.replace(target)
    finally:
        path.unlink(missing_ok=True)


def remove_left(path: Path) -> None:
    """Remove a folder or file that nobody holds."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
    except OSError:
        pass  # somebody is at work in it
    finally:
        os.close(handle)
