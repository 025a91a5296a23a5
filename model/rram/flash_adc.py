"""Column multiplexers and flash ADCs: from bit-line levels to binary codes.

Ref: Lu 2021, 'NeuroSim Settings' (an ADC of 3 bits has seven voltage-mode sense amplifiers and is
shared among eight columns, since a cell is much narrower than an ADC), Fig. 2B. ADC a serves
columns ``share * a .. share * a + share - 1``; all ADCs look at the column of the same number,
`column`, of theirs. Sense amplifier k compares the level with the reference between k and k + 1
conducting cells, so their outputs, latched at the end of the tick, are a thermometer: as many ones
as the level. The code is the number of ones, which a bubble (an amplifier that decides wrongly
beside its neighbours) changes by 1 only; the paper is silent about the encoder.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.params import require_int
from goldspike.model.rram.word_line_controller import SHARES
from goldspike.model.trace import Field, TraceLayout

__all__ = ["FlashAdcParams", "encode", "sense"]


@dataclass(frozen=True, kw_only=True)
class FlashAdcParams:
    """The ADCs of a macro.

    Parameters
    ----------
    adcs : int
        How many.
    share : int
        Columns that share one.
    bits : int
        Bits of a code.
    """

    adcs: int = 16
    share: int = 8
    bits: int = 3

    def __post_init__(self) -> None:
        require_int("adcs", self.adcs, 1, 1024)
        require_int("bits", self.bits, 1, 6)
        if self.share not in SHARES:
            raise ValueError(f"share must be one of {SHARES}, not {self.share!r}")

    @property
    def columns(self) -> int:
        """Columns."""
        return self.adcs * self.share

    @property
    def amplifiers(self) -> int:
        """Sense amplifiers of an ADC."""
        return (1 << self.bits) - 1

    @property
    def trace(self) -> TraceLayout:
        """Traced with every conversion: the amplifiers' latches, and the codes made from them."""
        return TraceLayout(
            (
                Field("thermometers", self.amplifiers, self.adcs),
                Field("codes", self.bits, self.adcs),
            )
        )


def sense(levels: np.ndarray, select: int, params: FlashAdcParams) -> np.ndarray:
    """Return the thermometers, bool (adcs, amplifiers), amplifier 0 with the lowest reference.

    Parameters
    ----------
    levels : int (columns,)
    select : int
        Which of its columns each ADC looks at.
    """
    selected = levels.reshape(params.adcs, params.share)[:, select]
    return selected[:, None] > np.arange(params.amplifiers)


def encode(thermometers: np.ndarray) -> np.ndarray:
    """Return the codes: how many amplifiers see more than their reference, int64 (adcs,)."""
    return thermometers.sum(axis=-1, dtype=np.int64)
