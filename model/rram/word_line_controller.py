"""Sparsity-aware word-line controller: which rows are on together, and for how long.

Ref: Lu 2021, 'NeuroSim Settings' and Table 2 (7 rows turned on simultaneously). The inputs are
applied bit-serially, a **plane** (one bit of every row) after the other. Within a plane the
controller collects rows whose bit is 1, in order of their number, until there are as many as the
ADC can tell apart or the plane has no more: that is a **group**, whose word-lines are asserted
together while each ADC converts the columns that share it, one per tick. A row with a 0 costs
nothing, a plane without ones costs nothing: a vector takes ``share * sum(ceil(ones /
rows_at_once))`` ticks, with the published sizes 8 * 19 = 152 for a plane of 128 ones.

The paper is silent about: the order of planes (here the lowest first), the search for the next
group (here while the group before is converted, so that it costs no tick), and the word-lines'
source (here registers, since a glitch on a word-line would disturb the bit-lines).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["SHARES", "Group", "WordLineControllerParams", "conversion_ticks", "groups"]

SHARES = (1, 2, 4, 8)
"""How many columns may share an ADC."""


@dataclass(frozen=True, kw_only=True)
class WordLineControllerParams:
    """A controller.

    Parameters
    ----------
    rows : int
        Word-lines.
    input_bits : int
        Bits of an input, which is as many planes.
    adc_bits : int
        Bits of an ADC, which can tell ``2**adc_bits - 1`` rows apart.
    share : int
        Columns that share an ADC: how many ticks a group stays on.
    """

    rows: int = 128
    input_bits: int = 8
    adc_bits: int = 3
    share: int = 8

    def __post_init__(self) -> None:
        require_int("rows", self.rows, 1, 1024)
        require_int("input_bits", self.input_bits, 1, 8)
        require_int("adc_bits", self.adc_bits, 1, 6)
        if self.share not in SHARES:
            raise ValueError(f"share must be one of {SHARES}, not {self.share!r}")

    @property
    def rows_at_once(self) -> int:
        """Most rows of a group."""
        return (1 << self.adc_bits) - 1

    @property
    def trace(self) -> TraceLayout:
        """Traced on the tick before every conversion: what is on from then."""
        return TraceLayout(
            (
                Field("word_lines", self.rows, bitmap=True),
                Field("column", 3),
                Field("plane", 3),
                Field("first", 1),
                Field("last", 1),
            )
        )


class Group(NamedTuple):
    """Rows that are on together.

    Attributes
    ----------
    rows : int array
        Their numbers, ascending.
    plane : int
        Which bit of the inputs they are of.
    first, last : bool
        Whether it is the first, the last group of its plane.
    """

    rows: np.ndarray
    plane: int
    first: bool
    last: bool


def groups(vector: np.ndarray, params: WordLineControllerParams) -> Iterator[Group]:
    """Yield the groups of a vector of inputs, unsigned (rows,), in order.

    With `start` given on tick t, group k of K is on from tick ``t + 2 + share * k`` for `share`
    ticks, and the controller is busy on ticks ``t + 1 .. t + 1 + share * K``.
    """
    for plane in range(params.input_bits):
        ones = np.flatnonzero(vector >> plane & 1)
        starts = range(0, ones.size, params.rows_at_once)
        for begin in starts:
            rows = ones[begin : begin + params.rows_at_once]
            yield Group(rows, plane, begin == 0, begin == starts[-1])


def conversion_ticks(vectors: np.ndarray, params: WordLineControllerParams) -> np.ndarray:
    """Return how many ticks each vector's conversions take.

    Parameters
    ----------
    vectors : unsigned (..., rows)

    Returns
    -------
    int64 (...)
    """
    total = np.zeros(vectors.shape[:-1], np.int64)
    for plane in range(params.input_bits):
        ones = (vectors >> plane & 1).sum(axis=-1, dtype=np.int64)
        total += -(-ones // params.rows_at_once)
    return params.share * total
