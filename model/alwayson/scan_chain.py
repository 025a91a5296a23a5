"""Scan chain: settings and weights enter serially, and stay.

Ref: Chundi 2021, "Chip Prototype": a scan chain configures the thresholds of the neurons, sets the
clock frequencies of the blocks and writes the weights. The paper does not give its order. Here
every block has a chain of its own. Its fields lie side by side, the first lowest, each with its
lowest bit first; a bit enters at the top on every tick with `scan`, all others move down by one,
and the lowest is the one at `scan_out`. So after a whole load the first bit that was shifted in is
the lowest.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["ScanChainModel", "ScanChainParams"]


@dataclass(frozen=True, kw_only=True)
class ScanChainParams:
    """A scan chain.

    Parameters
    ----------
    fields : tuple of (str, int, int)
        Name, bits (1..512) and value after reset of every field.
    """

    fields: tuple[tuple[str, int, int], ...] = (("length", 7, 1), ("divide", 6, 1))

    def __post_init__(self) -> None:
        if not self.fields:
            raise ValueError("a scan chain must have fields")
        for name, bits, value in self.fields:
            require_int(f"bits of {name}", bits, 1, 512)
            require_int(name, value, 0, (1 << bits) - 1)

    @property
    def bits(self) -> int:
        """Length of the chain."""
        return sum(bits for _, bits, _ in self.fields)

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick with a shift: the fields, bit by bit."""
        return TraceLayout(tuple(Field(name, bits, bitmap=True) for name, bits, _ in self.fields))

    def scanned(self, values: Mapping[str, int] | None = None) -> list[bool]:
        """Return the bits that bring `values` in, first bit first; others as after reset.

        Raises
        ------
        ValueError
            If a value does not fit, or names no field.
        """
        values = dict(values or {})
        found = []
        for name, bits, reset in self.fields:
            value = require_int(name, values.pop(name, reset), 0, (1 << bits) - 1)
            found += [bool(value >> bit & 1) for bit in range(bits)]
        if values:
            raise ValueError(f"the scan chain has no field {next(iter(values))!r}")
        return found


class ScanChainModel:
    """A golden scan chain.

    Attributes
    ----------
    held : list of bool
        All bits, lowest first.
    """

    def __init__(self, params: ScanChainParams) -> None:
        self.params = params
        self.held = params.scanned()

    def shift(self, bit: bool) -> None:
        """Shift one bit in, on one tick."""
        self.held = [*self.held[1:], bool(bit)]

    @property
    def out(self) -> bool:
        """The bit that leaves next."""
        return self.held[0]

    @property
    def values(self) -> dict[str, int]:
        """What the fields hold."""
        found, place = {}, 0
        for name, bits, _ in self.params.fields:
            chosen = self.held[place : place + bits]
            found[name] = sum(bit << k for k, bit in enumerate(chosen))
            place += bits
        return found

    @property
    def word(self) -> np.ndarray:
        """The trace word (0-d structured array)."""
        word = np.zeros((), self.params.trace.dtype)
        for name, value in self.values.items():
            size = word[name].size
            word[name] = np.frombuffer(value.to_bytes(size, "little"), np.uint8)
        return word
