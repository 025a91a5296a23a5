"""Accumulators of one ADC: groups add up to planes, planes to the exact product.

Ref: Lu 2021, 'Digital Modules', Table 4. A register per weight that the ADC serves adds the partial
sums of a plane's groups. Registers are shared between precisions: with 8 bits only the first is in
use, with 4 bits two, with 2 bits four, with 1 bit all eight; each is as wide as its widest use
needs, which with 128 rows is 15, 11, 9, 9, 8, 8, 8, 8 bits: 76 per ADC, 1,216 in all, the chip's
number of flip-flops (Table 4 prints widths of 8, 10, 12 and 16 bits, which do not add up to it).

**Our addition**: the paper stops at a plane's sum. Here a plane's last group also adds the plane,
shifted by its place, to a total; the plane of the sign bit is subtracted. Totals are exact integer
products, listed beside the paper's flip-flops and outside its calibrated energies.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.params import require_int
from goldspike.model.rram.shift_add import ShiftAddParams
from goldspike.model.trace import Field, TraceLayout

__all__ = ["AccumulatorModel", "AccumulatorParams"]


@dataclass(frozen=True, kw_only=True)
class AccumulatorParams:
    """The accumulators of one ADC.

    Parameters
    ----------
    rows : int
        Word-lines: how many products a plane adds at most.
    input_bits : int
        Planes.
    share, adc_bits : int
        As for the shift-add.
    """

    rows: int = 128
    input_bits: int = 8
    share: int = 8
    adc_bits: int = 3

    def __post_init__(self) -> None:
        require_int("rows", self.rows, 1, 1024)
        require_int("input_bits", self.input_bits, 1, 8)
        _ = self.shift_add  # which checks the rest

    @property
    def shift_add(self) -> ShiftAddParams:
        """The shift-add that it adds up."""
        return ShiftAddParams(share=self.share, adc_bits=self.adc_bits)

    def widest(self, slot: int) -> int:
        """Return the most bits of a weight that uses a slot."""
        return self.share >> slot.bit_length()

    def sum_bits(self, slot: int) -> int:
        """Bits of a slot's sum over a plane: two's complement, unsigned for weights of one bit."""
        bits = self.widest(slot)
        if bits == 1:
            return self.rows.bit_length()
        return ((self.rows << (bits - 1)) - 1).bit_length() + 1

    def total_bits(self, slot: int) -> int:
        """Bits of a slot's total, two's complement."""
        bits, inputs = self.widest(slot), (1 << self.input_bits) - 1
        if bits == 1:
            return (self.rows * inputs).bit_length() + 1
        lowest = self.rows * inputs << (bits - 1)  # of unsigned inputs, below zero
        highest = self.rows << (self.input_bits + bits - 2)  # of signed ones
        return max(lowest - 1, highest).bit_length() + 1

    @property
    def bits(self) -> int:
        """Bits of a total at the port: those of the widest, to which others are sign-extended."""
        return self.total_bits(0)

    @property
    def flip_flops(self) -> int:
        """Flip-flops of the sums, as Table 4 counts them: without the totals."""
        return sum(self.sum_bits(slot) for slot in range(self.share))

    @property
    def trace(self) -> TraceLayout:
        """Traced with every clear, add and plane that is due: all slots, sign-extended."""
        return TraceLayout(
            (
                Field("sums", self.sum_bits(0), self.share),
                Field("totals", self.bits, self.share),
            )
        )


class AccumulatorModel:
    """Sums over a plane, and totals over planes."""

    def __init__(self, params: AccumulatorParams) -> None:
        self.params = params
        self.sums = np.zeros(params.share, np.int64)
        self.totals = np.zeros(params.share, np.int64)
        self.due: tuple[int, int, bool] | None = None  # a plane's sum, which the next tick adds

    def tick(
        self,
        *,
        clear: bool = False,
        add: bool = False,
        partial: int = 0,
        slot: int = 0,
        first: bool = False,
        last: bool = False,
        plane: int = 0,
        negative: bool = False,
    ) -> None:
        """Run one tick: add a partial sum to its slot, and the plane that the tick before ended.

        `clear` sets the totals to 0 and wins over everything else on its tick: nothing is added,
        and a plane that is due is dropped. The sums are left: a plane's first group replaces them.
        """
        due, self.due = self.due, None
        if clear:
            self.totals[:] = 0
            return
        if due is not None:
            ended, place, subtract = due
            value = int(self.sums[ended]) << place
            self.totals[ended] += -value if subtract else value
        if add:
            self.sums[slot] = partial + (0 if first else self.sums[slot])
            if last:
                self.due = (slot, plane, negative)
