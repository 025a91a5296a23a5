"""Energy of a hidden neuron asleep, with and without gating, and what a run's activity makes of it.

Ref: Chundi 2021, "Neuron Block" and Fig. 4 (SPICE, 65 nm, 0.52 V). Published: 1.16 nW without power
management; clock generation and gating save 74.6 % of it and zigzag power gating a further 17.68 %
of the rest, 4.8x in all; 4.35x at 4 ms of sleep, transitions included; power gating pays from
1.3 ms of sleep on.

The three lines of Fig. 4B, in pJ with t in ms asleep, follow from these numbers: slopes 1.16,
1.16 * 0.254 = 0.2946 and that times 0.8232, 0.2425. 4.35x at 4 ms fixes the transition of both,
0.0965 pJ. The break-even of 1.3 ms is against clock gating alone, which fixes the transition of
clock gating, 0.0288 pJ; read against no gating at all it would contradict 4.35x.

What a neuron needs while it works the paper does not say. Here it is what an idle one needs in the
same state: clocked as without any gating, 1.16 nW; with power but no clock as with clock gating
alone. All neurons are taken for hidden ones; synapse blocks have no published power and are left
out. These figures do not add up to the chip's: 650 neurons asleep would need 158 nW, and the chip
was measured at 75 nW without input and 220 nW at full input rate, linear in between (Results,
Fig. 10B). Both are reported, side by side; they must not be added.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

__all__ = [
    "BOTH",
    "CHIP_MODEL",
    "CLOCK_GATING",
    "ENERGY_MODEL",
    "FULL_NW",
    "NEURON_MODEL",
    "NONE",
    "REST_NW",
    "TICK_MS",
    "Line",
    "Times",
    "activity",
    "break_even",
    "chip_nw",
    "saving",
]

ENERGY_MODEL = "per sleep 0.0965 pJ + 0.2425 pJ/ms (hidden neuron; Chundi 2021, Fig. 4B)"

NEURON_MODEL = (
    "neurons only: 0.0965 pJ per sleep, 0.2425 nW asleep, 0.2946 nW with power, 1.16 nW clocked "
    "(hidden neuron; Chundi 2021, Fig. 4)"
)

REST_NW, FULL_NW = 75.0, 220.0
"""Power of the chip in nanowatts without input and at full input rate (Results, 0.52 V)."""

CHIP_MODEL = (
    "75 nW + 145 nW x input rate (Chundi 2021, Fig. 10B); a rate of 1 is what the input core can "
    "serve, Eq. 2 with three cycles; never add it to the neurons'"
)

TICK_MS = 1 / 140
"""A tick in milliseconds: half a period of the 70 kHz neuron clock (Chundi 2021, Results)."""


@dataclass(frozen=True)
class Line:
    """Energy of one sleep.

    Attributes
    ----------
    transition : float
        Into sleep and out of it, in pJ.
    power : float
        Asleep, in nW, which is pJ per ms.
    """

    transition: float
    power: float

    def energy(self, asleep_ms: float, sleeps: float = 1) -> float:
        """Return the energy of `sleeps` sleeps that last `asleep_ms` in all, in pJ."""
        return self.transition * sleeps + self.power * asleep_ms


NONE = Line(0.0, 1.16)
CLOCK_GATING = Line(0.0288, 0.2946)
BOTH = Line(0.0965, 0.2425)


class Times(NamedTuple):
    """Where the time of some neurons went, in milliseconds summed over them."""

    asleep: float
    powered: float
    """Of this, clocked: the rest of it waits for a clock or for its power to go."""
    clocked: float
    sleeps: float
    """How many there were."""

    @property
    def nj(self) -> float:
        """Energy by :data:`NEURON_MODEL`, in nJ."""
        waiting = CLOCK_GATING.power * (self.powered - self.clocked)
        working = NONE.power * self.clocked
        return 1e-3 * (BOTH.energy(self.asleep, self.sleeps) + waiting + working)


def chip_nw(rate: float) -> float:
    """Return the power of the chip in nW by :data:`CHIP_MODEL`; `rate` is cut at 1."""
    return REST_NW + (FULL_NW - REST_NW) * min(1.0, rate)


def saving(asleep_ms: float) -> float:
    """Return by what factor both techniques save over none, for one sleep."""
    return NONE.energy(asleep_ms) / BOTH.energy(asleep_ms)


def break_even(first: Line, second: Line) -> float:
    """Return the length of sleep in ms from which `second` needs less than `first`."""
    return (second.transition - first.transition) / (first.power - second.power)


def activity(
    counts: Mapping[str, np.ndarray], ticks: int, period: int, tick_ms: float = TICK_MS
) -> dict[str, np.ndarray]:
    """Return where the time of a run went, neuron by neuron, and what sleeping cost.

    Parameters
    ----------
    counts : mapping of str to int arrays (neurons,)
        ``awake`` and ``powered`` ticks, ``pulses``, ``power_ups``, as a run counts them.
    ticks : int
        Length of the run.
    period : int
        Ticks of the neuron clock.

    Returns
    -------
    dict of arrays (neurons,)
        ``awake_ms`` (FFclk-en up), ``clocked_ms`` (pulses of the gated clock, whole periods),
        ``powered_ms``, ``asleep_ms`` (power off), ``sleeps``, and in pJ what the time asleep took
        with ``both``, with ``clock_gating`` alone and with ``none``.
    """
    sleeps = counts["power_ups"].astype(float)
    asleep = (ticks - counts["powered"]) * tick_ms
    return {
        "awake_ms": counts["awake"] * tick_ms,
        "clocked_ms": counts["pulses"] * period * tick_ms,
        "powered_ms": counts["powered"] * tick_ms,
        "asleep_ms": asleep,
        "sleeps": sleeps,
        "both": BOTH.transition * sleeps + BOTH.power * asleep,
        "clock_gating": CLOCK_GATING.transition * sleeps + CLOCK_GATING.power * asleep,
        "none": NONE.power * asleep,
    }
