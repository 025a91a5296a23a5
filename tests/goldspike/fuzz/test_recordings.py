"""Recordings of events, field by field: one line if they are refused, and nothing else."""

import io
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

Fuzz = Callable[..., None]
Attempt = Callable[..., None]

EVENTS = {"t": np.arange(3), "x": np.arange(3), "y": np.arange(3), "p": np.array([0, 1, 1])}
TABLE = [["t_us", "x", "y", "p"], *([str(9 * k), str(k), str(k), str(k % 2)] for k in range(4))]
LIST = [["file", "label"], ["events.csv", "1"], ["events.npz", "0"]]
CELLS = (
    "", " ", "-1", "7.5", "1e9", "1e-9", "1e308", "1e999", "1e999999", "nan", "-inf", "sNaN", "x",
    "4294967295", "9223372036854775808", "1" * 5000, "µ", "\0", '"', "a,b", "True", "1_000", "٣",
    "0x10", "t", "events.csv", "/", "/dev/null", "a" * 300, "\udcff", "~", "~nobody/x", "..",
)  # fmt: skip
NUMBERS = (0, 1, 2, 3, 7, 8, 16, 127, 2**15 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63)


class Odd:
    """Makes up to two of a file's parts odd, and leaves the others as usual."""

    def __init__(self, draw: Any) -> None:
        self.draw, self.part = draw, 0
        self.chosen = draw(st.sets(st.integers(0, 40), max_size=2))

    def number(self, usual: int, bits: int = 32) -> int:
        """Return a number of so many bits."""
        some = st.one_of(st.sampled_from(NUMBERS), st.integers(0, 2**64 - 1))
        return self.of(usual, some) % 2**bits

    def of(self, usual: Any, others: st.SearchStrategy[Any] | Sequence[Any]) -> Any:
        """Return a part."""
        self.part += 1
        if self.part - 1 not in self.chosen:
            return usual
        return self.draw(st.sampled_from(others) if isinstance(others, tuple) else others)

    def content(self, whole: bytes) -> bytes:
        """Return all parts, seldom with bytes changed."""
        damage = not self.chosen and self.draw(st.booleans())
        return self.draw(bytes_of(whole)) if damage else whole  # type: ignore[call-arg]


@st.composite
def bytes_of(draw: Any, content: bytes) -> bytes:
    """Draw changes of bytes: other ones, fewer, more."""
    found = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(found) - 1)))
        size = draw(st.integers(0, 4))
        found[place : place + size] = draw(st.one_of(st.binary(max_size=8), st.just(b"\xff" * 4)))
        if draw(st.integers(0, 5)) == 0:
            del found[place:]
    return bytes(found)


@st.composite
def cells_of(draw: Any, rows: Sequence[Sequence[str]]) -> bytes:
    """Draw a table with odd cells."""
    changed = [list(row) for row in rows]
    texts = st.one_of(st.sampled_from(CELLS), st.text(max_size=5), st.floats().map(str))
    for _ in range(draw(st.integers(1, 3))):
        row = draw(st.sampled_from(changed))
        if row:
            row[draw(st.integers(0, len(row) - 1))] = draw(texts)
        if draw(st.integers(0, 5)) == 0:
            row.append(draw(texts))
    mark = draw(st.sampled_from((",", ";", " ", "\t")))
    text = "\n".join(mark.join(row) for row in changed) + "\n"
    return text.encode(errors="surrogateescape")


@st.composite
def aedat2(draw: Any) -> bytes:
    """Draw an AEDAT 2.0 recording of four events."""
    odd = Odd(draw)
    device = odd.of("DVS128", ("DAVIS240C", "none", "µ", ""))
    head = f"#!AER-DAT2.0\r\n# This is a raw AE data file\r\n# AEChip: {device}\r\n".encode()
    for k in range(4):
        head += struct.pack(">II", odd.number(k << 8 | k << 1), odd.number(9 * k))
    return odd.content(head)


@st.composite
def aedat3(draw: Any) -> bytes:
    """Draw an AEDAT 3.1 recording: packets of four events each."""
    odd = Odd(draw)
    source = odd.of("1: DVS128", ("1: none", "9: DVS128", "", "µ"))
    head = f"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source {source}\r\n#!END-HEADER\r\n".encode()
    for _ in range(odd.of(1, (0, 2))):
        usual = ((1, 16), (1, 16), (8, 32), (4, 32), (0, 32), (4, 32), (4, 32), (4, 32))
        head += struct.pack("<HHIIIIII", *(odd.number(*field) for field in usual))
        for k in range(4):
            head += struct.pack("<II", odd.number(k << 17 | k << 2 | 3), odd.number(9 * k))
    return odd.content(head)


@st.composite
def aedat4(draw: Any) -> bytes:
    """Draw an AEDAT 4 recording: flatbuffers of a header with XML, and of packets of events.

    In front of a buffer is its size; then come where its table is, what it is, where in the table
    each field is, and the table.
    """
    odd = Odd(draw)
    streams = "".join(stream(odd, k) for k in range(odd.of(1, (0, 2))))
    info = f'<dv version="2.0"><node name="outInfo" path="/outInfo/">{streams}</node></dv>'
    data = odd.of(info, (info[:-9], "", "<a/>", "\0" * 9, "<" * 99)).encode()
    packing = odd.of(0, (1, 2, 3, 4, 9))
    table = [odd.number(n, 16) for n in (10, 12, 8, 0, 4)]
    header = struct.pack("<I4s5H2x", odd.number(20), b"IOHE", *table)
    header += struct.pack("<4I", odd.number(12), odd.number(8), packing, odd.number(len(data)))
    header += data + b"\0"
    content = b"#!AER-DAT4.0\r\n" + struct.pack("<I", odd.number(len(header))) + header
    for _ in range(odd.of(1, (0, 2))):
        table = [odd.number(n, 16) for n in (6, 8, 4)]
        body = struct.pack(
            "<I4s3H2x", odd.number(16), odd.of(b"EVTS", (b"FRME", b"\0" * 4)), *table
        )
        body += struct.pack("<2I4xI", odd.number(8), odd.number(8), odd.number(3))
        for k in range(3):
            place = (odd.number(k, 16), odd.number(k, 16), odd.number(k % 2, 8))
            body += struct.pack("<QHHB3x", odd.number(10**15 + 9 * k, 64), *place)
        packet = struct.pack("<I", odd.number(len(body))) + body
        content += struct.pack("<II", odd.number(0), odd.number(len(packet))) + packet
    return odd.content(content)


def stream(odd: Odd, number: int) -> str:
    """Return the description of a stream of AEDAT 4."""
    kind = odd.of("EVTS", ("FRME", "IMUS", "none", ""))
    width, height = (odd.of("16", ("0", "-1", "7.5", "9" * 30, "x")) for _ in range(2))
    return (
        f'<node name="{number}" path="/outInfo/{number}/">'
        '<attr key="originalOutputName" type="string">events</attr>'
        f'<attr key="typeIdentifier" type="string">{kind}</attr>'
        f'<node name="info" path="/outInfo/{number}/info/">'
        f'<attr key="sizeX" type="int">{width}</attr>'
        f'<attr key="sizeY" type="int">{height}</attr></node></node>'
    )


ODD_COLUMNS = (
    np.zeros(0), np.array(3), np.array("abc"), np.array([b"a", b"b", b"c"]),
    np.array([0, 1, np.nan]), np.array([0, -1, 2]), np.array([0, 5, 2**40]),
    np.arange(6).reshape(3, 2), np.full(3, 2**64 - 1),
    np.array([0, 1e300, 2]), np.arange(2), np.array([True, False, True]), np.full(3, 1j),
    np.zeros(3, [("t", "i8"), ("x", "i8")]),
)  # fmt: skip


@st.composite
def hdf5(draw: Any) -> bytes:
    """Draw an HDF5 file: a recording, or a set in the layout of SHD, with odd datasets."""
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        if draw(st.booleans()):
            found = {f"events/{name}": array for name, array in EVENTS.items()}
        else:
            ragged = h5py.special_dtype(vlen=np.float32)
            for name in ("spikes/times", "spikes/units"):
                data = file.create_dataset(name, (3,), ragged)
                for k in range(3):
                    size = draw(st.sampled_from((2, 2, 2, 2, 0, 5)))
                    data[k] = draw(st.sampled_from((0, 0, 0, -1, np.nan, 1e30))) + np.arange(size)
            found = {"labels": np.arange(3) % 2}
        for name in [*found] if draw(st.integers(0, 3)) else []:
            how = draw(st.integers(0, 5))
            found[name] = draw(st.sampled_from(ODD_COLUMNS)) if how == 0 else found[name]
            if how == 1:
                del found[name]
        for name, array in found.items():
            if array.dtype.kind != "U":
                file[name] = array
        if draw(st.integers(0, 5)) == 0:  # it says more than it holds
            file.create_dataset("CD/events", (2**40,), "i8", chunks=(1024,))
    return Odd(draw).content(buffer.getvalue())


def npy() -> st.SearchStrategy[bytes]:
    """Draw an .npy file of records."""

    def stored(array: np.ndarray) -> bytes:
        buffer = io.BytesIO()
        np.save(buffer, array)
        return buffer.getvalue()

    records = np.zeros(3, [("t", "u4"), ("x", "u2"), ("y", "u2"), ("p", "?")])
    arrays = (
        records,
        records[:0],
        records[:, None],
        records["t"],
        records[["x", "y"]],
        *ODD_COLUMNS,
    )
    whole = st.sampled_from(arrays).map(stored)
    return st.one_of(whole, whole.flatmap(bytes_of))  # type: ignore[call-arg]


RUN = "sim mubrain --net net.npz --json out/e.json --events"
FORMATS: dict[str, tuple[str, Callable[[], st.SearchStrategy[bytes]], str, int]] = {
    "table": ("f.csv", lambda: cells_of(TABLE), "--sensor 16x16", 1500),  # type: ignore[call-arg]
    "list": ("f.csv", lambda: cells_of(LIST), "--sensor 16x16", 1500),  # type: ignore[call-arg]
    "AEDAT 2.0": ("f.aedat", aedat2, "", 500),  # type: ignore[dict-item]
    "AEDAT 3.1": ("f.aedat", aedat3, "", 500),  # type: ignore[dict-item]
    "AEDAT 4": ("f.aedat4", aedat4, "", 500),  # type: ignore[dict-item]
    "HDF5": ("f.h5", hdf5, "--sensor 16x16", 200),  # type: ignore[dict-item]
    "N-MNIST": ("f.bin", lambda: st.binary(max_size=40), "--sensor 16x16", 1500),
    "records": ("f.npy", npy, "--sensor 16x16", 1500),
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
def test_recordings(corpus: Path, fuzz: Fuzz, attempt: Attempt, kind: str) -> None:
    name, strategy, options, many = FORMATS[kind]

    def run(content: bytes) -> None:
        (corpus / name).write_bytes(content)
        attempt([*RUN.split(), name, *options.split()])

    if kind == "AEDAT 4":
        pytest.importorskip("aedat")
    fuzz(strategy(), run, few=5, many=many)
