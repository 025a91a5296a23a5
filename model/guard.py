"""No output over an input: what a command reads and what it writes, held against each other.

A command names all files that it reads (those that it reads unless told otherwise, too) and all
that it writes (those beside a report, too) before anything starts. Links are followed, and two
names of one file are one file.
"""

import os
import stat
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from goldspike.model.errors import InputError
from goldspike.model.paths import ROOT
from goldspike.model.reading import kind_of_file, reason

__all__ = ["beside", "guard_files"]

Name: TypeAlias = str | os.PathLike[str]

_SHIPPED = ("nets", "data")
_LONGEST_NAME = 255
_LONGEST_PATH = 4000
"""Bytes of a path, with room for the temporary name under which a file is written."""


def guard_files(
    *,
    reads: Iterable[Name | None] = (),
    writes: Iterable[Name | None] = (),
    folders: Iterable[Name | None] = (),
) -> None:
    """Refuse a command that would write over what it reads, or could not write; nothing is changed.

    Parameters
    ----------
    reads : paths
        Files and folders that the command reads; None is passed over. A name that does not exist
        stands for all files in its folder whose names begin so.
    writes : paths
        Files that it writes.
    folders : paths
        Folders that it makes, and in which it writes files that are not listed.

    Raises
    ------
    InputError
        If a file to write is read, lies in a folder that is read, is written twice, ships with the
        project, or cannot be written.
    """
    sources = [Path(name) for name in reads if name is not None]
    targets = [_Target(name) for name in writes if name is not None]
    made = [_Target(name, folder=True) for name in folders if name is not None]
    for target in (*targets, *made):
        _check_sources(target, sources)
        _check_shipped(target)
    _check_each_other(targets, made)
    for target in (*targets, *made):
        target.require_writable()


def beside(path: Name, suffix: str) -> Path:
    """Return the path of a file of the same name with another suffix.

    Raises
    ------
    InputError
        If `path` has no name.
    """
    try:
        return Path(path).with_suffix(suffix)
    except ValueError:
        raise InputError(f"{str(path)!r}: expected the name of a file to write.") from None


class _Target:
    """A file or folder to write, and where it really is."""

    def __init__(self, name: Name, *, folder: bool = False) -> None:
        self.name, self.folder = name, folder
        what = "a folder to write into" if folder else "a file to write"
        self.expected = f"{name}: expected {what}"
        try:
            self.path = Path(os.path.realpath(name))  # a link stays a link: its target is replaced
            self.status = _status(self.path)
            named = _status(name)
        except (OSError, ValueError) as error:
            raise InputError(f"{self.expected} ({reason(error)}).") from None
        long = any(len(os.fsencode(part)) > _LONGEST_NAME for part in self.path.parts)
        if long or len(os.fsencode(self.path)) > _LONGEST_PATH:
            raise InputError(f"{self.expected}, but the name is too long.")
        for status in (self.status, named):
            self._check_kind(status)

    def _check_kind(self, status: os.stat_result | None) -> None:
        """Refuse what is there, if it is of another kind."""
        if status is None:
            return
        kind = "a file" if stat.S_ISREG(status.st_mode) else kind_of_file(status.st_mode)
        if stat.S_ISLNK(status.st_mode):
            kind = "a link that leads to itself"
        if kind != ("a folder" if self.folder else "a file"):
            raise InputError(f"{self.expected}, but it is {kind}.")

    def is_file(self, path: Path) -> bool:
        """Say whether another path names the same file or folder, by whatever name."""
        if Path(os.path.realpath(path)) == self.path:
            return True
        status = _status(path)
        return self.status is not None and status is not None and _same(self.status, status)

    def require_writable(self) -> None:
        """Make sure that the file can be made; its folder too, where that is missing."""
        folder = self.path if self.folder else self.path.parent
        try:
            while _status(folder) is None:
                folder = folder.parent
            probe = folder / f".{uuid.uuid4().hex[:12]}.tmp"
            probe.touch()
            probe.unlink()
        except OSError as error:
            kind = "folder" if self.folder else "file"
            raise InputError(
                f"{self.name}: expected a writable {kind} ({reason(error)})."
            ) from None


def _status(path: Name) -> os.stat_result | None:
    """Return the status of a file, of a link that leads nowhere the link's; None if none is there.

    Raises
    ------
    OSError, ValueError
        If the path cannot be one.
    """
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None
    except OSError:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            return found
        raise


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    """Say whether two are one file."""
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)


def _check_sources(target: _Target, sources: Sequence[Path]) -> None:
    """Refuse to write over, or into, what is read."""
    for source in sources:
        try:
            status = _status(source)
        except (OSError, ValueError):
            continue  # its reader says what is wrong with it
        if target.is_file(source):
            raise InputError(f"{target.expected}, but this run reads it.")
        if status is None:
            folder, begin = source.parent, source.name
        elif stat.S_ISDIR(status.st_mode):
            folder, begin = source, ""
        else:
            continue
        if not begin and not target.folder and _is_folder(target.path.parent, folder):
            raise InputError(f"{target.expected} outside of the folder {source}, which is read.")
        if any(target.is_file(path) for path in _files(folder, begin)):
            raise InputError(f"{target.expected}, but this run reads it.")


def _is_folder(one: Path, other: Path) -> bool:
    """Say whether two paths lead to one folder that exists."""
    found = _status(one), _status(other)
    return found[0] is not None and found[1] is not None and _same(found[0], found[1])


def _files(folder: Path, begin: str) -> list[Path]:
    """Return the files of a folder whose names begin so."""
    try:
        return [path for path in folder.iterdir() if path.name.startswith(begin)]
    except OSError:
        return []


def _check_shipped(target: _Target) -> None:
    """Refuse to write over networks and data that ship, all of which their README names."""
    for folder in (ROOT / name for name in _SHIPPED):
        if target.folder and folder.resolve() in (target.path, *target.path.parents):
            raise InputError(f"{target.expected} elsewhere: what is in {folder} ships.")
        if target.status is None or target.path.parent != folder.resolve():
            continue
        pages = [page for page in (folder / "README.md",) if page.is_file()]
        if not pages or any(target.path.name in page.read_text("utf-8") for page in pages):
            raise InputError(f"{target.expected}, but it ships with goldspike.")


def _check_each_other(targets: Sequence[_Target], folders: Sequence[_Target]) -> None:
    """Refuse to write two things to one place, or one into the other."""
    for k, target in enumerate(targets):
        for other in (*targets[:k], *folders):
            if target.is_file(other.path):
                raise InputError(f"{target.expected}, but this run writes {other.name} there too.")
        for other in (*targets, *folders):
            if target.path in other.path.parents:
                raise InputError(
                    f"{target.expected}, but this run needs it as a folder for {other.name}."
                )
