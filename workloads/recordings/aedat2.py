"""AEDAT 2.0 recordings, as jAER, v2e and CIFAR10-DVS have them.

Ref: iniVation, "AEDAT file formats", page 2.0 (docs.inivation.com): header lines that begin with
``#``, then per event an address and a time in microseconds, both 32 bits, big-endian. What the bits
of the address mean depends on the camera. Rows are as the file counts them; jAER does so from the
lower edge.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError

__all__ = ["read_aedat2"]

_DVS128 = ("DVS128",)
_DAVIS = {  # part of the camera's name in the header: width, height
    "DAVIS240": (240, 180),
    "DAVIS346": (346, 260),
    "DAVIS640": (640, 480),
    "DAVIS208": (208, 192),
    "DAVIS128": (128, 128),
}
_EXTERNAL = 1 << 15
"""DVS128: an event of the camera's input pin."""
_FRAME, _SPECIAL = 1 << 31, 1 << 10
"""DAVIS: a sample of a frame or of the inertial sensor; an external event."""
_WRAP_US = 1 << 32


def read_aedat2(
    path: Path, data: bytes
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.bool_],
    tuple[int, int] | None,
]:
    """Return times (microseconds), columns, rows, polarities and the sensor's size.

    Where the header does not name the camera, addresses of at most 16 bits are a DVS128's, and
    addresses whose low ten bits are 0 a DAVIS camera's; others are refused.

    Raises
    ------
    InputError
        If an event is cut short or the camera is not known.
    """
    header, body = _split(data)
    if len(body) % 8:
        raise InputError(f"{path}: expected whole events of 8 bytes, but the last is cut short.")
    words = np.frombuffer(body, ">u4").reshape(-1, 2)
    address = words[:, 0].astype(np.int64)
    camera = header.upper()
    davis = next((size for name, size in _DAVIS.items() if name in camera), None)
    if davis is None and "DAVIS" not in camera:
        if any(name in camera for name in _DVS128) or not (address >> 16).any():
            return (*_dvs128(words, address), (128, 128) if "DVS128" in camera else None)
        pixels = address[address & (_FRAME | _SPECIAL) == 0]
        if (pixels & 0x3FF).any():
            raise InputError(
                f"{path}: expected the header of an AEDAT 2.0 file to name the camera, DVS128 or "
                "DAVIS, but it does not, and the addresses fit neither."
            )
    return (*_davis(words, address), davis)


def _split(data: bytes) -> tuple[str, bytes]:
    """Return the header's lines and the events behind them."""
    at = 0
    while data[at : at + 1] == b"#":
        end = data.find(b"\n", at)
        if end < 0:
            return data[at:].decode("latin-1"), b""
        at = end + 1
    return data[:at].decode("latin-1"), data[at:]


def _times(words: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return times that go on where 32 bits end."""
    time = words[:, 1].astype(np.int64)
    back = np.diff(time, prepend=time[:1]) < -(_WRAP_US // 2)
    return time + np.cumsum(back) * _WRAP_US


def _dvs128(
    words: NDArray[np.uint32], address: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Bits 14..8 row, 7..1 column, 0 brighter."""
    pixel = address & _EXTERNAL == 0
    time, address = _times(words)[pixel], address[pixel]
    return time, address >> 1 & 0x7F, address >> 8 & 0x7F, (address & 1).astype(bool)


def _davis(
    words: NDArray[np.uint32], address: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Bits 30..22 row, 21..12 column, 11 brighter."""
    pixel = address & (_FRAME | _SPECIAL) == 0
    time, address = _times(words)[pixel], address[pixel]
    return time, address >> 12 & 0x3FF, address >> 22 & 0x1FF, (address >> 11 & 1).astype(bool)
