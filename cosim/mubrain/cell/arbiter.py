"""Bench of the spike arbiter in ``cell``: pending inputs, spike register, grants, picoseconds."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.cell_bench import (
    PICOSECONDS,
    CellBench,
    apart,
    changes,
    rows_from_pulses,
)
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Course, Pins, between, taken_up
from goldspike.cosim.bench.stimulus import edges
from goldspike.cosim.mubrain import arbiter
from goldspike.cosim.mubrain.multi_phase_oscillator import DELAYS
from goldspike.cosim.mubrain.shared.pulses import pulses_within
from goldspike.hdl.mubrain.cell.arbiter import Arbiter
from goldspike.model.mubrain.arbiter import ArbiterModel, ArbiterParams, Policy
from goldspike.model.mubrain.multi_phase_oscillator import (
    OSCILLATION_100NS,
    MultiPhaseOscillatorParams,
    Phase,
)

__all__ = ["BENCH", "ArbiterBench", "oscillating_between", "spans_of"]

UNEVEN = MultiPhaseOscillatorParams(load=9_877, select=45_678, access=12_345, recover=1)
FAST = MultiPhaseOscillatorParams(load=2, select=1, access=1, recover=1)
CLEARS = 6
"""Clears after everything else, each at rest, under spikes held and with a burst as it ends."""
TIES = 10
"""Directed groups per kind of tie."""
SPURIOUS = 15
"""What the phase reads if there was not exactly one grant per *access*."""


def oscillating_between(granted: np.ndarray, params: MultiPhaseOscillatorParams) -> Course:
    """Return the course of a pin that is up during the oscillations that make some grants."""
    return between(*spans_of(granted, params))


def spans_of(
    granted: np.ndarray, params: MultiPhaseOscillatorParams
) -> tuple[np.ndarray, np.ndarray]:
    """Return when the oscillations that make some grants begin and end."""
    before = params.load + params.select + params.access
    return granted - before, granted + params.recover


class ArbiterBench(CellBench):
    """A step is a spike at any picosecond; after directed ties, silence and saturation take turns.

    The spikes come from pulses of 1 ps to 200 ns.
    """

    rtl = Arbiter
    configs: ClassVar = {
        f"{policy.value}-{n}{suffix}": ArbiterParams(inputs=n, policy=policy, oscillator=oscillator)
        for policy in Policy
        for n, oscillator, suffix in (
            (1, OSCILLATION_100NS, ""),
            (2, UNEVEN, "-uneven"),
            (7, FAST, "-fast"),
            (7, OSCILLATION_100NS, ""),
            (16, OSCILLATION_100NS, ""),
            (256, OSCILLATION_100NS, ""),
        )
    }
    varied: ClassVar = {
        "inputs": range(1, 20), "policy": tuple(Policy), **dict.fromkeys(DELAYS, PICOSECONDS)
    }  # fmt: skip
    published = "round_robin-256"
    checks = Checks(mutants=("round_robin-7",), slow=("linear-256",))
    within_ticks = ("access", "grant", "merging")
    shown = "round_robin-16"
    steps = 30_000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw spikes whose density changes every 100 of them."""
        n, period = self.params.inputs, self.params.oscillator.period
        line, rise = self.ties(rng)
        blocks = -(-steps // 100)
        gap = np.repeat(rng.choice([0.0, 0.3, 0.9, 1.1, 5.0], blocks), 100)[:steps] * period
        gap[::100] = 3 * period  # so that blocks of saturation do not join for long
        start = rise[-1] + (n + 3) * period
        later = start + rng.exponential(gap + 0.02 * period).astype(np.int64).cumsum()
        line = np.concatenate([line, rng.integers(0, n, steps)])
        twin = np.flatnonzero(rng.random(steps) < 0.1)
        later[twin] = later[twin - 1]  # two at one picosecond
        rise = np.concatenate([rise, later])
        length = np.exp(rng.uniform(0, np.log(2 * period), rise.size)).astype(np.int64)
        spikes, clear = apart(line, rise, rise + length), np.zeros((3, 0), np.int64)
        for _ in range(CLEARS):
            few = rng.permutation(n)[: rng.integers(1, 4)]
            length = rng.integers(2, period, 2)
            *spikes, clear = self.cleared(rng, spikes, clear, few, length)
        return rows_from_pulses(self, {"spikes": spikes, "clear": clear})

    def cleared(
        self,
        rng: np.random.Generator,
        spikes: Sequence[np.ndarray],
        clear: np.ndarray,
        burst: np.ndarray,
        length: np.ndarray,
    ) -> tuple[np.ndarray, ...]:
        """Return spikes with a burst of them right after a clear at rest, and the clears.

        Some of the spikes served are still up, until within the clear or, without another, later.
        """
        line, rise, fall = spikes
        own = clear[2, -1] if clear.size else 0
        last = ArbiterModel(self.params).run(rise[rise >= own], line[rise >= own]).tick[-1]
        begin = max(int(last) + self.params.oscillator.recover, int(fall.max())) + 1
        end = begin + int(length[0])
        for held in rng.permutation(self.params.inputs)[: rng.integers(1, 4)]:
            own = np.flatnonzero(line == held)
            late = end if held in burst else end + int(length[1])
            fall[own[np.argmax(rise[own])] if own.size else own] = rng.integers(begin + 1, late)
        more = (burst, np.full(burst.size, end), np.full(burst.size, end + length[1]))
        joined = (np.concatenate(pair) for pair in zip(spikes, more, strict=True))
        return *joined, np.append(clear, [[0], [begin], [end]], axis=1)

    def ties(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return spikes that come from rest, each with another at the picosecond of a phase."""
        n, period = self.params.inputs, self.params.oscillator.period
        first = np.arange(4 * TIES + 2) * (n + 3) * period + period
        line = rng.integers(0, n, first.size)
        line[:2] = 0, n - 1
        phase = np.tile(np.cumsum(self.params.oscillator.delays), TIES)
        other = rng.integers(0, n, phase.size)
        same = rng.random(phase.size) < 0.5
        other[same] = line[2:][same]
        return np.concatenate([line, other]), np.concatenate([first, first[2:] + phase])

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Serve the edges seen; a clear shows if the address was not 0."""
        clears, _ = edges(rows, "clear", 1)
        runs = arbiter.served(self.params, rows, clears)
        traces = [trace for run, _ in runs if (trace := run.trace) is not None]
        arbiter.kept(traces, register=Phase.LOAD)
        for k, tick in enumerate(clears):
            trace = traces[k]
            zeroed = trace[-1:].copy()
            for name, value in (("tick", tick), ("phase", 0), ("address", 0), ("merged", 0)):
                zeroed[name] = value
            if trace.size and trace["address"][-1]:
                traces[k] = np.append(trace, zeroed)
        return self.without_ticks(np.concatenate(traces))

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that nothing is cleared while a spike is served."""
        oscillator = self.params.oscillator
        granted = expected["tick"][expected["phase"] == 1 << Phase.ACCESS]
        begins, ends = spans_of(granted, oscillator)
        return {"cleared at rest": pulses_within(rows, "clear", begins, ends)}

    def decode(self, records: np.ndarray) -> np.ndarray:
        """Read phases and merges off the bits that change with them."""
        phase = changes(records["taps"])
        granted = np.diff(records["grants"], prepend=0).astype(np.uint8)
        phase[granted != phase >> 2 & 1] = SPURIOUS
        return self.like_the_model(records, phase=phase, merged=changes(records["merges"]))

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the grants: each lasts until *recover*."""
        granted = expected["tick"][expected["phase"] == 1 << Phase.ACCESS]
        return {
            "grant": between(granted, granted + self.params.oscillator.recover),
            "address": taken_up(expected["tick"], expected["address"]),
            "busy": oscillating_between(granted, self.params.oscillator),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count the spikes, and what the bench of ``tick`` counts until the first clear."""
        spikes, (clears, _) = edges(rows, "spikes", self.params.inputs)[0], edges(rows, "clear", 1)
        found = arbiter.bins(self.params, rows[rows["tick"] < clears[0]], records)
        return {"spikes": spikes.size, "a clear": clears.size, **found}


BENCH = ArbiterBench
