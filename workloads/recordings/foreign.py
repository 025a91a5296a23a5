"""What is refused is named: what a recording is by its first bytes, and how to go on."""

import re
from pathlib import Path

from goldspike.model.errors import InputError
from goldspike.model.kinds import GZIP, kind_of

__all__ = ["known", "refuse"]

FAERY = "convert it with faery (pip install faery): faery input file {name} output file {stem}.csv"

_DEFLATE = b"\x08"
_EVT = re.compile(rb"% (?:format|evt) (?:EVT)?([0-9.]+)", re.IGNORECASE)
_CONVERTED = ("an Event Stream",)


def known(head: bytes) -> bool:
    """Say whether the first bytes are those of a known kind, not of events without a header."""
    packed = head.startswith(GZIP) and head[2:3] != _DEFLATE  # chance: its column and row
    return bool(head) and not packed and (kind_of(head) is not None or _is_text(head))


def _is_text(head: bytes) -> bool:
    """Say whether the first bytes are a line of plain text."""
    line = head.splitlines()[0] if head else b""
    return len(line) > 2 and all(32 <= byte < 127 or byte == 9 for byte in line)


def refuse(path: Path, head: bytes) -> InputError:
    """Return what is said about a file that no reader takes.

    Parameters
    ----------
    path : path
    head : bytes
        Its first 512 bytes.
    """
    faery = FAERY.format(name=path.name, stem=path.stem)
    if head.startswith(b"% Data file"):
        return _but(path, "it is a Prophesee DAT recording", faery)
    if head.startswith(b"% "):
        match = _EVT.search(head)
        version = f" (EVT {match[1].decode()})" if match else ""
        return _but(path, f"it is a Prophesee RAW recording{version}", faery)
    if head.startswith(b"#!AER-DAT"):
        version = head[9:14].split(b"\r")[0].split(b"\n")[0].decode("latin-1")
        return _but(
            path, f"it is an AEDAT {version} recording",
            "versions 2.0, 3.1 and 4 are read; iniVation's DV converts older ones to AEDAT 4",
        )  # fmt: skip
    kind = kind_of(head)
    if kind is None and _is_text(head):
        return _but(path, "it is text", "a table of events needs the suffix .csv, .txt or .tsv")
    if kind is None:
        return InputError(
            f"{path}: expected a recording of events, but neither its name nor its first bytes say "
            "what it is; docs/events.md lists what is read."
        )
    if kind.startswith(_CONVERTED):
        return _but(path, f"it is {kind}", faery)
    if "MATLAB" in kind:
        way = (
            "numpy.savez(FILE, t=..., x=..., y=..., p=...) after scipy.io.loadmat makes it an .npz"
        )
        return _but(path, f"it is {kind}", way)
    if "archive" in kind or "gzip" in kind or kind.split()[1] in ("bzip2", "xz", "Zstandard"):
        return _but(path, f"it is {kind}", "unpack it first")
    return _but(path, f"it is {kind}", "docs/events.md lists what is read")


def _but(path: Path, what: str, way: str) -> InputError:
    return InputError(
        f"{path}: expected a recording of events that is read here, but {what}; {way}."
    )
