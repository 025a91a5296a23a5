"""What a circuit and its golden model both write down after a tick: the trace word.

One :class:`TraceLayout` describes it for both sides. Every element of every field starts on a byte
boundary and is padded with zeros, so that the circuit's wide trace port, read as little-endian
bytes, *is* one element of the NumPy dtype that the golden model fills. The padding is constant and
costs no gate.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from goldspike.model.params import require_int

__all__ = ["Field", "TraceLayout", "distinct", "pack_bits", "pad"]


@dataclass(frozen=True)
class Field:
    """One traced quantity.

    Parameters
    ----------
    name : str
        Name of the field on both sides.
    bits : int
        Width of one element, 1..64, unsigned.
    count : int, optional
        Number of elements; the field is then an array. Without it, a scalar.
    bitmap : bool
        The field is a set of `bits` lines (any number), line 0 in bit 0 of byte 0.
    """

    name: str
    bits: int
    count: int | None = None
    bitmap: bool = False

    def __post_init__(self) -> None:
        require_int("bits", self.bits, 1, None if self.bitmap else 64)

    @property
    def element_bytes(self) -> int:
        """Storage of one element, in bytes: a power of two, or whole bytes of a bitmap."""
        if self.bitmap:
            return -(-self.bits // 8)
        return next(size for size in (1, 2, 4, 8) if 8 * size >= self.bits)

    @property
    def dtype(self) -> tuple:
        """The field as an entry of a NumPy structured dtype."""
        if self.bitmap:
            return (self.name, np.uint8, (self.element_bytes,))
        base = np.dtype(f"<u{self.element_bytes}")
        return (self.name, base) if self.count is None else (self.name, base, (self.count,))


@dataclass(frozen=True)
class TraceLayout:
    """The fields of a circuit's trace word, in order, first field in the lowest bytes."""

    fields: tuple[Field, ...]

    @property
    def dtype(self) -> np.dtype:
        """The word as a packed NumPy structured dtype."""
        return np.dtype([field.dtype for field in self.fields])

    @property
    def record_dtype(self) -> np.dtype:
        """The word behind the tick it was seen after: one record of a run."""
        return np.dtype([("tick", "<i8"), *(field.dtype for field in self.fields)])

    @property
    def width(self) -> int:
        """Width of the trace port in bits."""
        return 8 * self.dtype.itemsize

    @property
    def padding(self) -> int:
        """Bytes that fill the word up to a multiple of four."""
        return -self.dtype.itemsize % 4

    @classmethod
    def combined(cls, parts: Sequence[tuple[str, "TraceLayout"]]) -> "TraceLayout":
        """Return the layout of a circuit made of `parts`, (name, layout) each.

        First a flag per part, which says whether the part's fields are of this tick; then the
        fields, called ``part_field``. Flags and parts begin on multiples of four bytes, so that a
        simulator copies whole words.
        """
        fields = [Field(name, 1) for name, _ in parts]
        fields += pad("flags", -len(parts) % 4)
        for name, layout in parts:
            for field in layout.fields:
                fields.append(Field(f"{name}_{field.name}", field.bits, field.count, field.bitmap))
            fields += pad(name, layout.padding)
        return cls(tuple(fields))

    def select(self, records: np.ndarray, part: str) -> np.ndarray:
        """Return the records of `part` (this layout) out of those of a larger word."""
        first = f"{part}_{self.fields[0].name}"
        fields: Any = records.dtype.fields
        offset = fields[first][1]
        size = self.dtype.itemsize
        whole = (
            np.ascontiguousarray(records)
            .view(np.uint8)
            .reshape(records.size, records.dtype.itemsize)
        )
        chosen = np.flatnonzero(records[part])
        selected = np.empty(chosen.size, self.record_dtype)
        selected["tick"] = records["tick"][chosen]
        # a part's fields lie side by side in both, so they are copied as bytes
        selected.view(np.uint8).reshape(chosen.size, selected.itemsize)[:, -size:] = whole[
            chosen, offset : offset + size
        ]
        return selected

    def from_bytes(self, ticks: np.ndarray, words: np.ndarray) -> np.ndarray:
        """Return records from ticks and trace words as bytes, ``(count, >= bytes of a word)``."""
        size = self.dtype.itemsize
        records = np.empty(ticks.size, self.record_dtype)
        records["tick"] = ticks
        records.view(np.uint8).reshape(ticks.size, -1)[:, -size:] = words[:, :size]
        return records

    def from_ints(self, ticks: Iterable[int], words: Iterable[int]) -> np.ndarray:
        """Return records from ticks and trace words read as big integers."""
        size = self.dtype.itemsize
        raw = b"".join(
            int(tick).to_bytes(8, "little", signed=True) + int(word).to_bytes(size, "little")
            for tick, word in zip(ticks, words, strict=True)
        )
        return np.frombuffer(raw, dtype=self.record_dtype)


def pad(name: str, size: int) -> list[Field]:
    """Return a field of `size` bytes that stay zero, or none."""
    return [Field(f"{name}_padding", 8 * size, bitmap=True)] if size else []


def pack_bits(lines: np.ndarray) -> np.ndarray:
    """Return boolean lines ``(..., n)`` as bitmap bytes ``(..., ceil(n / 8))``, line 0 lowest."""
    return np.packbits(lines.astype(bool), axis=-1, bitorder="little")


def distinct(ticks: np.ndarray) -> np.ndarray:
    """Return ticks in order, each once; for many of them faster than NumPy's ``unique``."""
    ticks = np.sort(ticks)
    return ticks[np.append(True, ticks[1:] != ticks[:-1])[: ticks.size]]
