"""Clock gate: one clock for many clients, of which each gets whole pulses or none.

Ref: Chundi 2021, "Neuron Block" and Fig. 2A: a clock gate per neuron behind the shared generator.
The gate is the usual latch and AND: a latch that is transparent while the clock is low keeps the
enable, the AND lets the clock through while the latch holds a one.

In ticks: a pulse of the clock that rises on tick r and falls on tick f passes gate i, whole, if
enable i is up as sampled on tick r; else nothing of it passes. Until tick r the clock was low and
the latch open; from then on it is closed. Either phase of the clock may be as short as one tick.

Ties, which follow from the rule of :mod:`goldspike.model.timebase` (on tick r the gate sees the
enable that the tick before left):

1. An enable that another circuit changes at tick r - 1 or earlier counts for the pulse that rises
   at r, even if the low phase is a single tick.
2. An enable that changes *at* tick r, such as one that the same clock edge drives, does not: up, it
   counts from the next pulse; down, the pulse that has just begun stays whole.
3. What the enable does while the clock is high, or in a low phase before its last tick, leaves no
   trace.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout, pack_bits

__all__ = ["PULSE_BITS", "ClockGateModel", "ClockGateParams"]

PULSE_BITS = 16
"""Width of the traced pulse counters, which wrap."""


@dataclass(frozen=True, kw_only=True)
class ClockGateParams:
    """Clock gates behind one clock.

    Parameters
    ----------
    width : int
        Number of gates, 1..4096.
    """

    width: int = 1

    def __post_init__(self) -> None:
        require_int("width", self.width, 1, 4096)

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which a gated clock rises or falls.

        `pulses` counts the rises of each gated clock, modulo ``2**PULSE_BITS``.
        """
        return TraceLayout(
            (
                Field("gated", self.width, bitmap=True),
                Field("pulses", PULSE_BITS, self.width),
            )
        )


class ClockGateModel:
    """Golden clock gates: one decision per pulse of the clock.

    Attributes
    ----------
    pulses : int64 array (width,)
        Pulses that each gate has let through.
    """

    def __init__(self, params: ClockGateParams) -> None:
        self.params = params
        self.pulses = np.zeros(params.width, np.int64)

    def passes(self, rises: np.ndarray, enable: np.ndarray) -> np.ndarray:
        """Return which gates let each pulse through: bool (pulses, width).

        Parameters
        ----------
        rises : int array (pulses,)
            The ticks, from 1, on which the clock rises.
        enable : bool array (ticks, width)
            The enables as sampled on ticks 1, 2, ...
        """
        return enable[rises - 1]

    def run(self, rises: np.ndarray, falls: np.ndarray, enable: np.ndarray) -> np.ndarray:
        """Return the trace records of a run.

        Parameters
        ----------
        rises, falls : int arrays (pulses,)
            The ticks on which each pulse of the clock begins and ends, in order.
        enable : bool array (ticks, width)
            The enables as sampled on ticks 1, 2, ..., until the last rise at least.

        Raises
        ------
        ValueError
            If a pulse does not end after its beginning and before the next one begins.
        """
        if len(rises) != len(falls) or np.any(falls <= rises) or np.any(rises[1:] <= falls[:-1]):
            raise ValueError("the clock must rise and fall by turns, from low to low")
        passes = self.passes(rises, enable)
        records = []
        for rise, fall, through in zip(rises, falls, passes, strict=True):
            self.pulses += through
            if through.any():
                count = self.pulses % 2**PULSE_BITS
                records.append((rise, pack_bits(through), count))
                records.append((fall, pack_bits(np.zeros_like(through)), count))
        chosen = np.zeros(len(records), self.params.trace.record_dtype)
        for k, (tick, gated, count) in enumerate(records):
            chosen["tick"][k], chosen["gated"][k], chosen["pulses"][k] = tick, gated, count
        return chosen
