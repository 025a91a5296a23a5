"""Opening the files that a user names: plain files only, at once, and no larger than they may be.

A pipe without a writer would hang, ``/dev/zero`` never ends, and a folder is no file: whatever it
is, it is one sentence.
"""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from goldspike.model.errors import InputError
from goldspike.model.limits import require_room

__all__ = ["kind_of_file", "open_file", "read_bytes", "reason", "require_file"]

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def open_file(path: str | os.PathLike[str], what: str) -> BinaryIO:
    """Open a plain file for reading.

    Parameters
    ----------
    path : path
    what : str
        What is expected, such as "an .npz file"; for the sentence.

    Raises
    ------
    InputError
        If there is no such file, it is something else, or it cannot be read.
    """
    try:
        _require_plain(path, os.stat(path).st_mode, what)
        # it may have become another in between; a pipe that is opened so does not wait
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{path}: expected {what}, but there is no such file.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: expected {what} that can be read ({reason(error)}).") from None
    stream = os.fdopen(number, "rb")
    try:
        _require_plain(path, os.fstat(stream.fileno()).st_mode, what)
    except InputError:
        stream.close()
        raise
    return stream


def require_file(path: str | os.PathLike[str], what: str) -> int:
    """Make sure that a plain file can be read, for libraries that open it; return its bytes.

    Raises
    ------
    InputError
        As :func:`open_file`.
    """
    with open_file(path, what) as stream:
        return os.fstat(stream.fileno()).st_size


def read_bytes(path: str | os.PathLike[str], what: str, times: int = 1) -> bytes:
    """Read a plain file whole.

    Parameters
    ----------
    path : path
    what : str
        What is expected, for the sentence.
    times : int
        By how many times what is made of it is larger than the file.

    Raises
    ------
    InputError
        As :func:`open_file`, and if it is too large.
    """
    with open_file(path, what) as stream:
        size = os.fstat(stream.fileno()).st_size
        require_room(f"{path}: reading {size} bytes", times * size)
        try:
            return stream.read(size + 1)
        except OSError as error:
            raise InputError(
                f"{path}: expected {what} that can be read ({reason(error)})."
            ) from None


def kind_of_file(mode: int) -> str | None:
    """Return what something is that is no plain file, from the mode that stat gives; else None."""
    if stat.S_ISREG(mode):
        return None
    return next((kind for is_kind, kind in _KINDS if is_kind(mode)), "no plain file")


def reason(error: Exception) -> str:
    """Return the operating system's words for an error; Python's own change with its version."""
    if isinstance(error, ValueError) and "null" in str(error):
        return "a name must not have a null character"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()


def _require_plain(path: str | os.PathLike[str], mode: int, what: str) -> None:
    """Refuse anything but a plain file."""
    kind = kind_of_file(mode)
    if kind:
        raise InputError(f"{Path(path)}: expected {what}, but it is {kind}.")
