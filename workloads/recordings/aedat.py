"""AEDAT recordings of event cameras: versions 2.0, 3.1 and 4.

Ref: iniVation, "AEDAT file formats", pages 3.1 and 4.0 (docs.inivation.com). Version 4 is read by
the package ``aedat``. Version 3.1 is read here, as no maintained package that is light reads it
right: it is a header of text lines and packets of fixed records, all little-endian.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goldspike.model.child import failure_in_child
from goldspike.model.errors import InputError
from goldspike.model.files import load_npz
from goldspike.model.reading import read_bytes
from goldspike.model.scratch import scratch
from goldspike.workloads.recordings.aedat2 import read_aedat2
from goldspike.workloads.recordings.foreign import refuse

__all__ = ["Recording", "read_aedat", "require_aedat"]

_HEADER_END = b"#!END-HEADER\r\n"
_PACKET = struct.Struct("<hhiiiiii")
"""Type, source, bytes per event, offset of the time in it, overflows of the time, capacity (in a
file: the events in the packet), events in the packet, valid ones among them."""
_POLARITY = 1
_POLARITY_BYTES = 8
_WRAP_US = 1 << 31
"""Microseconds after which a time starts again and the packets' overflow counts one up."""

_SENSORS = {  # of the devices that record 3.1: width, height
    "DVS128": (128, 128),
    "DAVIS240A": (240, 180),
    "DAVIS240B": (240, 180),
    "DAVIS240C": (240, 180),
    "DAVIS128": (128, 128),
    "DAVIS208": (208, 192),
    "DAVIS346A": (346, 260),
    "DAVIS346B": (346, 260),
    "DAVIS346Cbsi": (346, 260),
    "DAVIS640": (640, 480),
}


@dataclass(frozen=True, eq=False)
class Recording:
    """Polarity events of one camera.

    Attributes
    ----------
    t : int64 (events,)
        Microseconds.
    x, y : int64 (events,)
        Column from the left and row from the top.
    p : bool (events,)
        Whether it got brighter.
    sensor : tuple of int or None
        Width and height in pixels, where the file states it.
    """

    t: NDArray[np.int64]
    x: NDArray[np.int64]
    y: NDArray[np.int64]
    p: NDArray[np.bool_]
    sensor: tuple[int, int] | None


def read_aedat(path: Path) -> Recording:
    """Read the polarity events of an AEDAT file, version 2.0, 3.1 or 4.

    Raises
    ------
    InputError
        If it is none, is damaged, holds several cameras, or the package for version 4 is
        missing.
    """
    data = read_bytes(path, "an event file")
    if data.startswith(b"#!AER-DAT4.0\r\n"):
        return _read_4(path)
    if data.startswith(b"#!AER-DAT3.1\r\n"):
        return _read_31(path, data)
    if data.startswith(b"#!AER-DAT2.0"):
        return Recording(*read_aedat2(path, data))
    raise refuse(path, data[:512])


def _read_31(path: Path, data: bytes) -> Recording:
    """Read version 3.1: the valid events of all polarity packets; other packets are passed over."""
    end = data.find(_HEADER_END)
    if end < 0:
        raise InputError(f"{path}: expected an AEDAT 3.1 header that ends with #!END-HEADER.")
    lines = data[:end].decode("utf-8", "replace").split("\r\n")
    form = next((line for line in lines if line.startswith("#Format:")), "#Format: RAW")
    if form.partition(":")[2].strip() != "RAW":
        raise InputError(f"{path}: expected AEDAT 3.1 packets of the format RAW, not {form[1:]!r}.")
    at = end + len(_HEADER_END)
    words, overflows, sources = [np.empty((0, 2), np.uint32)], [np.empty(0, np.int64)], set()
    while at < len(data):
        if len(data) - at < _PACKET.size:
            raise InputError(f"{path}: expected whole packets, but byte {at} begins one cut short.")
        kind, source, size, offset, overflow, capacity, number, valid = _PACKET.unpack_from(
            data, at
        )
        at += _PACKET.size
        if size <= 0 or not 0 <= valid <= number == capacity or overflow < 0:
            raise InputError(
                f"{path}: expected a packet header at byte {at - _PACKET.size}, but it makes no "
                "sense."
            )
        if len(data) - at < number * size:
            raise InputError(f"{path}: expected whole packets, but byte {at} begins one cut short.")
        if kind == _POLARITY:
            if size != _POLARITY_BYTES or offset != 4:
                raise InputError(f"{path}: expected polarity events of 8 bytes, not {size}.")
            part = np.frombuffer(data, "<u4", 2 * number, at).reshape(number, 2)
            part = part[part[:, 0] & 1 == 1]  # bit 0: valid
            words.append(part)
            overflows.append(np.full(len(part), overflow, np.int64))
            sources.add(source)
        at += number * size
    if len(sources) > 1:
        raise InputError(f"{path}: expected the events of one camera, not of {len(sources)}.")
    word = np.concatenate(words)
    pixel = word[:, 0].astype(np.int64)
    return Recording(
        word[:, 1].astype(np.int64) + np.concatenate(overflows) * _WRAP_US,
        pixel >> 17,
        pixel >> 2 & 0x7FFF,
        (pixel >> 1 & 1).astype(bool),
        _sensor(lines, sources),
    )


def _sensor(lines: list[str], sources: set[int]) -> tuple[int, int] | None:
    """Return the size of the sensor that the header's source line names."""
    for line in lines:
        for source in sources:
            if line.startswith(f"#Source {source}:"):
                return _SENSORS.get(line.partition(":")[2].strip())
    return None


def require_aedat() -> None:
    """Refuse version 4 where the package that reads it is missing."""
    try:
        import aedat  # noqa: F401
    except ImportError:
        raise InputError(
            "AEDAT 4 files need the package aedat, which is not installed; it comes with the extra "
            "'events'."
        ) from None


_DECODE = """
import sys, aedat, numpy as np
decoder = aedat.Decoder(sys.argv[1])
sizes = [(s["width"], s["height"]) for s in decoder.id_to_stream().values()
         if s["type"] == "events"]
parts = [packet["events"] for packet in decoder if "events" in packet]
columns = {n: np.concatenate([p[n] for p in parts]) if parts else np.empty(0, int)
           for n in ("t", "x", "y", "on")}
np.savez(sys.argv[2], sizes=np.array(sizes, np.int64).reshape(-1, 2), **columns)
"""


def _read_4(path: Path) -> Recording:
    """Read version 4 with the package, in a process of its own.

    On some damaged files the package asks for more memory than there is and ends the process.
    """
    require_aedat()
    with scratch("goldspike-aedat-") as folder:
        out = folder / "events.npz"
        failure = failure_in_child(_DECODE, str(path.resolve()), str(out))
        if failure:
            raise InputError(f"{path}: expected an intact AEDAT 4 file ({failure}).")
        found = load_npz(out)
    if len(found["sizes"]) != 1:
        raise InputError(f"{path}: expected one stream of events, not {len(found['sizes'])}.")
    width, height = found["sizes"][0].tolist()
    return Recording(
        found["t"].astype(np.int64),
        found["x"].astype(np.int64),
        found["y"].astype(np.int64),
        found["on"].astype(bool),
        (width, height),
    )
