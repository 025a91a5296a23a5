"""Delay cell: whatever a line does, it does again a fixed time later.

Ref: Stuijt 2021, section 2.4 and Fig. 3B. The cell on the chip is a pair of cross-coupled CMOS
thyristors whose current a near-threshold bias limits (Zhang et al. 2004); Eq. 6 there gives its
delay out of load, current and threshold voltages. Here the delay is a whole number of ticks and
never varies: the circuit's contract, not its physics, which belongs to the ``cell`` realisation.

The paper does not say what becomes of a pulse that is shorter than the delay. Here the cell is a
*transport* delay: every high and every low of at least one tick passes with its length unchanged,
however many of them are inside at once. (A thyristor cell may well be nearer to an inertial delay,
which swallows pulses shorter than itself.)

Timing: the output after tick t is the level sampled on tick ``t - delay + 1``. A line that another
circuit raises at tick a is sampled on a + 1 and leaves the cell at tick a + delay. To begin with
the cell is full of lows. There is no tie: lines do not see each other, and a level that enters and
one that leaves on the same tick are ``delay - 1`` ticks apart inside (with a delay of 1, the same).
"""

from dataclasses import dataclass

import numpy as np

from model.params import require_int
from model.trace import Field, TraceLayout, pack_bits

__all__ = ["DelayCellModel", "DelayCellParams"]

LONGEST = 1_000_000_000  # a millisecond of picoseconds


@dataclass(frozen=True, kw_only=True)
class DelayCellParams:
    """A bank of delay cells with one delay.

    Parameters
    ----------
    width : int
        Number of lines, 1..4096.
    delay : int
        Delay in ticks (``cell``: picoseconds), 1..10**9.
    """

    width: int = 1
    delay: int = 1

    def __post_init__(self) -> None:
        require_int("width", self.width, 1, 4096)
        require_int("delay", self.delay, 1, LONGEST)

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which an output line changes."""
        return TraceLayout((Field("output", self.width, bitmap=True),))

    @property
    def cell_trace(self) -> TraceLayout:
        """What the ``cell`` circuit shows: the same."""
        return self.trace


class DelayCellModel:
    """Golden delay cells: the array of levels, shifted."""

    def __init__(self, params: DelayCellParams) -> None:
        self.params = params

    def delayed(self, level: np.ndarray) -> np.ndarray:
        """Return the outputs after ticks 1, 2, ... for the levels sampled on ticks 1, 2, ...

        Parameters
        ----------
        level : bool array (ticks, width)

        Returns
        -------
        bool array (ticks + delay - 1, width): until the last level has left.
        """
        inside = np.zeros((self.params.delay - 1, self.params.width), bool)
        return np.concatenate([inside, level])

    def run(self, level: np.ndarray) -> np.ndarray:
        """Return the trace records of a run; `level` as in :meth:`delayed`, then held."""
        output = self.delayed(level)
        before = np.zeros_like(output)
        before[1:] = output[:-1]
        changed = np.flatnonzero((output != before).any(axis=1))
        records = np.zeros(changed.size, self.params.trace.record_dtype)
        records["tick"] = changed + 1
        records["output"] = pack_bits(output[changed])
        return records

    def run_levels(self, time: np.ndarray, level: np.ndarray) -> np.ndarray:
        """Return the trace records of a ``cell`` run: lines ``level[k]`` from ``time[k]`` on.

        A level that another circuit raises at a picosecond leaves the cell `delay` later.
        """
        before = np.vstack([np.zeros((1, self.params.width), bool), level[:-1]])
        changed = (level != before).any(axis=1)
        records = np.zeros(int(changed.sum()), self.params.trace.record_dtype)
        records["tick"] = time[changed] + self.params.delay
        records["output"] = pack_bits(level[changed])
        return records
