"""On-demand oscillator with divider: whole clock periods while anybody asks, rest in between.

Ref: Chundi 2021, "Neuron Block" and "Synapse Block": "The shared clock generator contains a
configurable ring oscillator and a clock divider. The length of the ring oscillator and the divisor
for the clock divider are determined during testing", and it runs only while a client asks.

A *round* of the ring is `low` ticks low, then `high` ticks high. A *period* of the clock is
`divide` rounds. The clock rises with the ring's rise in round ``divide // 2`` (counted from 0) and
falls with the ring's fall in the last round, so that

    low phase  = (divide // 2) * (low + high) + low
    high phase = ((divide - 1) // 2) * (low + high) + high

and with ``divide = 1`` the clock is the ring. The low phase comes first and the clock rests low.

Timing: an enable that is sampled up on tick s, while the oscillator rests, was up after tick s - 1,
so the period counts from there: the clock rises at tick s - 1 + low phase (a low phase of one tick:
on tick s itself) and falls, which ends the period, at tick e = s - 1 + divide * (low + high).

Assumptions, where the paper is silent:

1. *Whole periods only.* Ring and divider finish the period under way when the enable falls.
2. *The divider starts afresh after every rest*, so the first period is as long as any other.
3. *Enable counts on one tick per period*: the first tick on which the oscillator rests, which is
   tick e + 1 after a period that ended at e. Up on e + 1: the next period follows without a gap.
   Down on e + 1: rest, and every later tick is again such a tick. What the enable does on the other
   ticks of a period leaves no trace, so a client holds it until it has had its period.
4. *Ties with the end of a period at e.* An enable that falls on tick e or on tick e + 1 is down on
   e + 1: rest. An enable that rises on tick e or on tick e + 1 is up on e + 1: the next period
   follows without a gap. (On tick e the oscillator still sees the period under way.)
5. *Settings change at rest only.* A configurable oscillator takes the length of the ring (the ticks
   of its low phase, and of its high phase) and the divisor from inputs, as a scan chain drives
   them; they hold from the tick on which a period may start to its end.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["OscillatorModel", "OscillatorParams"]


@dataclass(frozen=True, kw_only=True)
class OscillatorParams:
    """An on-demand oscillator.

    Parameters
    ----------
    low, high : int
        Ticks of a ring round, 1..65535 each.
    divide : int
        Ring rounds per clock period, 1..4096.
    configurable : bool
        Low phase and high phase, equal, and divisor are inputs; `low`, `high` and `divide` are the
        largest that they take.
    """

    low: int = 1
    high: int = 1
    divide: int = 1
    configurable: bool = False

    def __post_init__(self) -> None:
        require_int("low", self.low, 1, 65_535)
        require_int("high", self.high, 1, 65_535)
        require_int("divide", self.divide, 1, 4096)
        if self.configurable and self.low != self.high:
            raise ValueError(
                "low and high of a configurable oscillator must be equal, "
                f"not {self.low} and {self.high}"
            )

    def set_to(self, length: int, divide: int) -> "OscillatorParams":
        """Return what a configurable oscillator is at these settings.

        Raises
        ------
        ValueError
            If the settings go beyond the largest.
        """
        require_int("length", length, 1, self.low)
        require_int("divide", divide, 1, self.divide)
        return OscillatorParams(low=length, high=length, divide=divide)

    @property
    def round(self) -> int:
        """Ticks of a ring round."""
        return self.low + self.high

    @property
    def period(self) -> int:
        """Ticks of a clock period."""
        return self.divide * self.round

    @property
    def rise_round(self) -> int:
        """Round of a period, from 0, in which the clock rises."""
        return self.divide // 2

    @property
    def low_phase(self) -> int:
        """Ticks for which the clock is low in every period."""
        return self.rise_round * self.round + self.low

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which the ring rises or falls.

        `rounds` is the number of rounds of the period under way that are over.
        """
        return TraceLayout(
            (
                Field("ring", 1),
                Field("clock", 1),
                Field("rounds", max(1, (self.divide - 1).bit_length())),
            )
        )


class OscillatorModel:
    """Golden oscillator: from the enable to the start of every period, and its edges from there."""

    def __init__(self, params: OscillatorParams) -> None:
        self.params = params

    def settings(self, settings: np.ndarray | None, tick: int) -> OscillatorParams:
        """Return what the oscillator is in a period that its enable starts on a tick."""
        if settings is None:
            return self.params
        return self.params.set_to(*settings[tick - 1].tolist())

    def periods(self, enable: np.ndarray, settings: np.ndarray | None = None) -> np.ndarray:
        """Return the ticks from which the periods count.

        Parameters
        ----------
        enable : bool array (ticks,)
            The enable as sampled on ticks 1, 2, ...; down from then on.
        settings : int array (ticks, 2), optional
            Length and divisor of a configurable oscillator as sampled on the same ticks.
        """
        asked = np.flatnonzero(enable) + 1
        starts = []
        k = 0
        while k < asked.size:
            start = int(asked[k]) - 1
            starts.append(start)
            end = start + self.settings(settings, start + 1).period
            k = int(np.searchsorted(asked, end + 1))  # the first tick that may start the next
        return np.array(starts, np.int64)

    def run(self, enable: np.ndarray, settings: np.ndarray | None = None) -> np.ndarray:
        """Return the trace records of a run; arguments as in :meth:`periods`."""
        records = []
        for start in self.periods(enable, settings).tolist():
            records += self.edges(start, self.settings(settings, start + 1))
        return np.array(records, self.params.trace.record_dtype)

    def edges(
        self, start: int, params: OscillatorParams | None = None
    ) -> Iterator[tuple[int, int, int, int]]:
        """Yield ``(tick, ring, clock, rounds)`` after every ring edge of one period."""
        p = params or self.params
        rise, end = start + p.low_phase, start + p.period
        for r in range(p.divide):
            up = start + r * p.round + p.low
            yield up, 1, int(up >= rise), r
            down = start + (r + 1) * p.round
            yield down, 0, int(rise <= down < end), (r + 1) % p.divide
