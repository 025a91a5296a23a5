"""Two clocks in every phase, and what must hold in a synapse block whatever they do.

Ref: Chundi 2021, "Synapse Block". The invariants are checked in every run of the bench.
"""

import numpy as np

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.bench.stimulus import get_lines
from goldspike.model.alwayson.synapse_arbiter import Spkgen
from goldspike.model.timing.power_gate import PowerState

__all__ = ["HANDSHAKES", "check_handshakes", "met", "neuron_clock", "rarest"]

PHASES = 8
"""Parts of a clock's period that a run has to meet, or all its ticks, if they are fewer."""

HANDSHAKES = (
    "no clock edge meets a block without power",
    "a gated pulse is a whole pulse of the clock",
    "FFclk-ug is up only with FFclk-en",
    "one Ack is up at most",
    "an Ack rises with a grant, and with a grant only",
    "an Ack falls after St2, once the request was seen to fall",
)


def check_handshakes(records: np.ndarray, rows: int) -> None:
    """Check what a run of a block with so many `rows` traced.

    Raises
    ------
    LockstepError
        With the invariant and the tick, if one does not hold.
    """
    if not records.size:
        return

    def before(values: np.ndarray) -> np.ndarray:
        return np.concatenate([np.zeros_like(values[:1]), values[:-1]])

    def changed(values: np.ndarray) -> np.ndarray:
        return values != before(values)

    ack, seen = (get_lines(records, name, rows) for name in ("ack", "request_seen"))
    on = records["power"] == PowerState.ON
    clock, gated, pulse = records["clock"], records["gated"], changed(records["pulses"])
    edge = changed(gated)
    rising, falling = ack & ~before(ack), before(ack) & ~ack
    early = (before(records["spkgen"]) != Spkgen.ST2)[:, None] | before(seen)
    broken = (
        ((gated != 0) | edge | pulse) & ~(on & before(on)),
        (pulse != (edge & (gated != 0))) | (edge & ~(changed(clock) & (clock == gated))),
        (records["clock_ungate"] > records["clock_enable"]),
        ack.sum(axis=1) > 1,
        rising.any(axis=1) != changed(records["served"]),
        (falling & early).any(axis=1),
    )
    for name, where in zip(HANDSHAKES, broken, strict=True):
        if where.any():
            tick = records["tick"][np.flatnonzero(where)[0]]
            raise LockstepError(f"tick {tick}: not so: {name}")


def neuron_clock(period: int, ticks: int, rng: np.random.Generator) -> np.ndarray:
    """Return the clock of the neurons, which rests now and then, as if all slept: bool (ticks,)."""
    count = ticks // period + 1
    rests = rng.integers(0, 2 * period, count) * (rng.random(count) < 0.1)
    lengths = np.stack([rests + period - period // 2, np.full(count, period // 2)], axis=1)
    return np.repeat(np.arange(2 * count) % 2 == 1, lengths.reshape(-1))[:ticks]


def met(ticks: np.ndarray, rises: np.ndarray, period: int) -> np.ndarray:
    """Return how many of `ticks` are 0, 1, ... period - 1 ticks after the last of `rises`."""
    place = np.searchsorted(rises, ticks, side="right") - 1
    since = (ticks - rises[place])[place >= 0]
    return np.bincount(since[since < period], minlength=period)


def rarest(hits: np.ndarray) -> int:
    """Return the hits of the rarest part of a period, out of those of its ticks."""
    part = np.arange(hits.size) * min(hits.size, PHASES) // hits.size
    return int(np.bincount(part, hits).min())
