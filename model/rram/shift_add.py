"""Shift-add: joins the codes of a weight's bits to one number.

Ref: Lu 2021, 'NeuroSim Settings' (weights of 1, 2, 4 or 8 bits), Table 4 (11 bits per ADC). The
bits of a weight lie in adjacent columns, the lowest in the column of the lowest number, so an ADC
converts them one after the other, and the shift-add beside it adds each code shifted by its bit's
place. Weights of several bits are two's complement numbers: the code of their highest bit is
subtracted. Weights of one bit are unsigned. A column's code is at most 7, so the sum of p bits lies
in ``-7 * 2**(p-1) .. 7 * (2**(p-1) - 1)``: 5, 7 and 11 bits for p = 2, 4 and 8, as in Table 4.
"""

from dataclasses import dataclass

from goldspike.model.params import require_int
from goldspike.model.rram.word_line_controller import SHARES
from goldspike.model.trace import Field, TraceLayout

__all__ = ["ShiftAddModel", "ShiftAddParams"]


@dataclass(frozen=True, kw_only=True)
class ShiftAddParams:
    """The shift-add of one ADC.

    Parameters
    ----------
    share : int
        Columns that share the ADC, and so the most bits of a weight.
    adc_bits : int
        Bits of a code.
    """

    share: int = 8
    adc_bits: int = 3

    def __post_init__(self) -> None:
        require_int("adc_bits", self.adc_bits, 1, 6)
        if self.share not in SHARES:
            raise ValueError(f"share must be one of {SHARES}, not {self.share!r}")

    @property
    def precisions(self) -> tuple[int, ...]:
        """Bits that a weight may have; pin `precision` is the index of one of them."""
        return tuple(p for p in SHARES if p <= self.share)

    @property
    def partial_bits(self) -> int:
        """Bits of a partial sum, two's complement; unsigned if weights have one bit only."""
        if self.share == 1:
            return self.adc_bits
        most = ((1 << self.adc_bits) - 1) << (self.share - 1)
        return (most - 1).bit_length() + 1

    @property
    def trace(self) -> TraceLayout:
        """Traced with every code taken: the sum so far, whether it is whole, and whose it is."""
        return TraceLayout(
            (Field("partial", self.partial_bits), Field("valid", 1), Field("slot", 3))
        )


class ShiftAddModel:
    """The sum so far."""

    def __init__(self, params: ShiftAddParams) -> None:
        self.params = params
        self.partial = 0

    def take(self, code: int, select: int, precision: int) -> tuple[bool, int]:
        """Take the code of column `select`, which the register shows after this tick.

        Parameters
        ----------
        precision : int
            Index into ``params.precisions``; it may change between weights only.

        Returns
        -------
        valid : bool
            `partial` is the sum of a whole weight, on the next tick.
        slot : int
            The weight's number among those of this ADC.
        """
        bits = self.params.precisions[precision]
        slot, place = divmod(select, bits)
        sign = place == bits - 1 and bits > 1
        term = -(code << place) if sign else code << place
        self.partial = term if place == 0 else self.partial + term
        return place == bits - 1, slot
