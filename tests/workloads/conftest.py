"""AEDAT files made byte by byte from iniVation's description of the formats; runs broken off."""

import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from goldspike.workloads.checkpoint import Checkpoint

Event = tuple[int, int, int, int]  # microseconds, x, y, polarity

HEADER_31 = (
    "#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: {device}\r\n"
    "#Start-Time: 2017-07-01 12:00:00 (TZ+0200)\r\n#!END-HEADER\r\n"
)
INFO_4 = (
    '<dv version="2.0"><node name="outInfo" path="/outInfo/">{streams}</node></dv>'
)  # fmt: skip
STREAM_4 = (
    '<node name="{n}" path="/outInfo/{n}/">'
    '<attr key="originalOutputName" type="string">events</attr>'
    '<attr key="typeIdentifier" type="string">EVTS</attr>'
    '<node name="info" path="/outInfo/{n}/info/">'
    '<attr key="sizeX" type="int">{width}</attr><attr key="sizeY" type="int">{height}</attr>'
    "</node></node>"
)


def packet_31(kind: int, source: int, overflow: int, records: Sequence[tuple[int, int]]) -> bytes:
    """Return a packet of 8-byte events ``(word, time)``."""
    valid = sum(word & 1 for word, _ in records)
    head = struct.pack("<hhiiiiii", kind, source, 8, 4, overflow, *2 * (len(records),), valid)
    return head + b"".join(struct.pack("<II", *record) for record in records)


def word_31(x: int, y: int, p: int, valid: int = 1) -> int:
    return valid | p << 1 | y << 2 | x << 17


def file_31(events: Sequence[Event], device: str = "DVS128", per_packet: int = 3) -> bytes:
    """Return a recording; packets of special events stand before, between and after."""
    special = packet_31(0, 1, 0, [(1 | 1 << 1, 0)])
    parts = [HEADER_31.format(device=device).encode(), special]
    for k in range(0, len(events), per_packet):
        some = [(word_31(x, y, p), t) for t, x, y, p in events[k : k + per_packet]]
        parts += [packet_31(1, 1, 0, some), special]
    return b"".join(parts)


def file_4(packets: Sequence[Sequence[Event]], streams: int = 1) -> bytes:
    """Return an uncompressed recording of a camera of 128 x 100 pixels, with no table of packets.

    The header and every packet are flatbuffers with a size in front: an offset to the table, a
    file identifier, the table's field offsets, the table.
    """
    info = INFO_4.format(
        streams="".join(STREAM_4.format(n=n, width=128, height=100) for n in range(streams))
    ).encode()
    header = struct.pack("<I4s5H2xiI", 20, b"IOHE", 10, 8, 0, 0, 4, 12, 4)
    header += struct.pack("<I", len(info)) + info + b"\0"
    parts = [b"#!AER-DAT4.0\r\n", struct.pack("<I", len(header)), header]
    for events in packets:
        body = struct.pack("<I4s3H2xiI4x", 16, b"EVTS", 6, 8, 4, 8, 8)
        body += struct.pack("<I", len(events))
        body += b"".join(struct.pack("<qhhB3x", *event) for event in events)
        data = struct.pack("<I", len(body)) + body
        parts += [struct.pack("<ii", 0, len(data)), data]
    return b"".join(parts)


@pytest.fixture
def write_31(tmp_path: Path) -> Callable[..., Path]:
    """Return a writer of AEDAT 3.1 files."""

    def write(events: Sequence[Event], *args: object, name: str = "camera.aedat", **kw: object):
        path = tmp_path / name
        path.write_bytes(file_31(events, *args, **kw))  # type: ignore[arg-type]
        return path

    return write


@pytest.fixture
def write_4(tmp_path: Path) -> Callable[..., Path]:
    """Return a writer of AEDAT 4 files."""

    def write(packets: Sequence[Sequence[Event]], streams: int = 1, name: str = "camera.aedat4"):
        path = tmp_path / name
        path.write_bytes(file_4(packets, streams))
        return path

    return write


class Helpers31:
    """Makers of AEDAT 3.1 files, packets and words."""

    packet = staticmethod(packet_31)
    word = staticmethod(word_31)

    def __call__(self, events: Sequence[Event]) -> bytes:
        return file_31(events)


@pytest.fixture
def helpers_31() -> Helpers31:
    return Helpers31()


class StopError(Exception):
    """Breaks a run off."""


@pytest.fixture
def ends_alike(tmp_path: Path) -> Callable[..., None]:
    """Return a check of a trainer: equal seeds give equal networks, also in two runs, others not.

    Its arguments are what trains, its data, its parameters, what returns a network's numbers, and
    the epoch after which the first run is broken off.
    """

    def check(
        train: Callable[..., Any],
        data: tuple,
        params: Any,
        numbers: Callable[..., bytes],
        last: int,
    ) -> None:
        path = tmp_path / "net.checkpoint"

        def stop(epoch: int, _: float | None) -> None:
            if epoch == last:
                raise StopError

        whole = numbers(train(*data, params)[0])
        with pytest.raises(StopError):
            train(*data, params, stop, Checkpoint(path, seconds=0))
        assert numbers(train(*data, params, None, Checkpoint(path, resume=True))[0]) == whole
        assert numbers(train(*data, replace(params, seed=1))[0]) != whole

    return check
