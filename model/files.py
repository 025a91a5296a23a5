"""Reading and writing files so that a bad file is one sentence, never a traceback.

Reads never unpickle.  Writes go to a temporary name in the target's folder and are
renamed, so that an interrupted run leaves the earlier file as it was.
"""

import json
import math
import os
import tokenize
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.guard import guard_files
from goldspike.model.kinds import kind_of
from goldspike.model.limits import require_room
from goldspike.model.reading import kind_of_file, open_file, read_bytes, reason
from goldspike.model.scratch import draft

__all__ = [
    "DAMAGE",
    "load_npz",
    "read_kept",
    "require_writable",
    "save_npz",
    "write_atomically",
    "write_json",
]

T = TypeVar("T")

DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    SyntaxError,
    NotImplementedError,
    RuntimeError,
    OSError,
    OverflowError,
    MemoryError,
    tokenize.TokenError,
)
"""What zipfile and NumPy raise on damaged archives and arrays (found by fuzzing)."""


def load_npz(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """Read every array of an .npz file without unpickling anything.

    Parameters
    ----------
    path : path
        The file to read.

    Returns
    -------
    dict of str to ndarray
        The members by name, in the order of the file.

    Raises
    ------
    InputError
        If the file is missing, unreadable, empty, not an .npz archive, damaged,
        or holds something else than plain arrays.
    """
    path = Path(path)
    with open_file(path, "an .npz file") as stream:
        if os.fstat(stream.fileno()).st_size == 0:
            raise InputError(f"{path}: expected an .npz file, but the file is empty.")
        try:
            archive = zipfile.ZipFile(stream)
        except DAMAGE:
            stream.seek(0)
            what = kind_of(stream.read(512))
            if what is None or "zip archive" in what:
                what = "not a zip archive or is cut short"
            raise InputError(f"{path}: expected an .npz file, but it is {what}.") from None
        with archive:
            total = sum(member.file_size for member in archive.infolist())
            require_room(f"{path}: reading its arrays", total)
            return {name.removesuffix(".npy"): _read(path, archive, name)
                    for name in archive.namelist()}  # fmt: skip


def _read(path: Path, archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """Read one member, checking its checksum to the last byte."""
    if not name.endswith(".npy"):
        raise InputError(f"{path}: expected only NumPy arrays, but found the member {name!r}.")
    try:
        with archive.open(name) as member:
            _check_size(archive, name)
            array = np.lib.format.read_array(member, allow_pickle=False)
            rest = member.read(1)  # reaching the end also checks the CRC
    except DAMAGE as error:
        if "allow_pickle" in str(error):
            raise InputError(
                f"{path}: expected plain arrays, but {name!r} holds pickled Python objects, "
                "which are never loaded."
            ) from None
        raise InputError(
            f"{path}: expected an intact .npz file, but the member {name!r} is damaged."
        ) from None
    if rest:
        raise InputError(
            f"{path}: expected an intact .npz file, but the member {name!r} is damaged."
        )
    return array


def _check_size(archive: zipfile.ZipFile, name: str) -> None:
    """Raise a ValueError if an array says that it is larger than its member: memory comes first."""
    with archive.open(name) as member:
        version = np.lib.format.read_magic(member)
        old, forms = version == (1, 0), np.lib.format
        header = forms.read_array_header_1_0 if old else forms.read_array_header_2_0
        shape, _, dtype = header(member)
    size = archive.getinfo(name).file_size
    if not dtype.hasobject and math.prod(shape) * dtype.itemsize > size:
        raise ValueError(name)


def write_atomically(path: str | os.PathLike[str], writer: Callable[[BinaryIO], object]) -> None:
    """Write a file under a temporary name and rename it when it is complete.

    Missing parent folders are made.  A device or pipe (``/dev/stdout``) is written
    directly, as it cannot be replaced by a rename.

    Parameters
    ----------
    path : path
        The file to write; what it held before is kept until ``writer`` has returned.
    writer : callable
        Called once with the binary stream to fill.

    Raises
    ------
    InputError
        If the target cannot be written.  What ``writer`` itself raises, other than
        an OSError, passes through.
    """
    try:
        target, kind = _target(path)
        if kind in ("a folder", "a socket"):
            raise InputError(f"{path}: expected a file to write, but it is {kind}.")
        if kind:
            number = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
            os.set_blocking(number, True)  # only a pipe that nobody reads must not wait
            with os.fdopen(number, "wb") as stream:
                writer(stream)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with draft(target) as stream:
            writer(stream)
    except OSError as error:
        raise InputError(f"{path}: expected a writable file ({reason(error)}).") from None


def require_writable(path: str | os.PathLike[str], *read: str | os.PathLike[str] | None) -> None:
    """Make sure that a file can be written later, before a long run; nothing is changed.

    Parameters
    ----------
    path : path
        The file to write.
    *read : path, optional
        What the run reads; none of it may be the target.

    Raises
    ------
    InputError
        If the target cannot be written, or is read in the same run.
    """
    guard_files(reads=read, writes=[path])


def _target(path: str | os.PathLike[str]) -> tuple[Path, str | None]:
    """Return where a file to write really is, and what is there, if it is no plain file.

    A link stays a link: its target is replaced.
    """
    try:
        return Path(os.path.realpath(path)), kind_of_file(os.stat(path).st_mode)
    except FileNotFoundError:
        return Path(os.path.realpath(path)), None
    except ValueError as error:  # a name that cannot be one
        raise InputError(f"{path}: expected a writable file ({reason(error)}).") from None


def save_npz(path: str | os.PathLike[str], /, **arrays: Any) -> None:
    """Write arrays as an .npz file whose bytes depend on the arrays alone.

    Members are stored uncompressed in the given order with a fixed date, so that
    the bytes change neither with the clock nor with the version of zlib.

    Parameters
    ----------
    path : path
        The file to write (atomically).
    **arrays : array_like
        The members by name; object arrays are refused, as they would need pickle.

    Raises
    ------
    TypeError
        If an array holds Python objects.
    InputError
        If the file cannot be written.
    """
    members = {name: np.asanyarray(value) for name, value in arrays.items()}
    for name, array in members.items():
        if array.dtype.hasobject:
            raise TypeError(f"{name} must be a plain array, not one of Python objects.")

    def fill(stream: BinaryIO) -> None:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
            for name, array in members.items():
                info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
                info.create_system = 3  # else the bytes would tell Windows from Unix
                info.external_attr = 0o644 << 16
                with archive.open(info, "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)

    write_atomically(path, fill)


def read_kept(path: Path, parse: Callable[[Any], T]) -> T | None:
    """Read what an earlier run kept as JSON; None if it kept nothing.

    Parameters
    ----------
    path : path
    parse : callable
        Makes of the JSON what is wanted; may raise whatever a wrong type or a missing key raises.

    Raises
    ------
    InputError
        If the file is damaged, or not as a run writes it.
    """
    if not os.path.lexists(path):
        return None
    content = read_bytes(path, "a file of an earlier run")
    try:
        return parse(json.loads(content))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        raise InputError(
            f"{path}: expected what an earlier run kept, but it is damaged; without this file, "
            "goldspike starts afresh."
        ) from None


def write_json(path: str | os.PathLike[str], obj: Any) -> None:
    """Write an object as indented JSON with a final newline, atomically.

    NumPy scalars and arrays become numbers and lists.

    Parameters
    ----------
    path : path
        The file to write.
    obj : object
        What to write; keys keep their order.

    Raises
    ------
    TypeError, ValueError
        If the object has no JSON form (NaN and infinity have none).
    InputError
        If the file cannot be written.
    """
    text = json.dumps(obj, indent=2, allow_nan=False, ensure_ascii=False, default=_plain) + "\n"
    write_atomically(path, lambda stream: stream.write(text.encode()))


def _plain(value: object) -> Any:
    """Turn what NumPy returns into what JSON knows."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"{type(value).__name__} has no JSON form.")
