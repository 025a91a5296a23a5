"""Bench of the spike arbiter in ``cell``: pending inputs, spike register, grants, picoseconds."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.cell_bench import PICOSECONDS, changes
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Course, Pins, between, taken_up
from goldspike.cosim.bench.stimulus import edges
from goldspike.cosim.mubrain.arbiter import kept
from goldspike.cosim.mubrain.cell.stimuli.arbiter import ArbiterStimulus, spans_of
from goldspike.cosim.mubrain.multi_phase_oscillator import DELAYS
from goldspike.cosim.mubrain.stimuli.arbiter import served
from goldspike.hdl.mubrain.cell.arbiter import Arbiter
from goldspike.model.mubrain.arbiter import ArbiterParams, Policy
from goldspike.model.mubrain.multi_phase_oscillator import (
    OSCILLATION_100NS,
    MultiPhaseOscillatorParams,
    Phase,
)

__all__ = ["BENCH", "ArbiterBench", "oscillating_between"]

UNEVEN = MultiPhaseOscillatorParams(load=9_877, select=45_678, access=12_345, recover=1)
FAST = MultiPhaseOscillatorParams(load=2, select=1, access=1, recover=1)
SPURIOUS = 15
"""What the phase reads if there was not exactly one grant per *access*."""


def oscillating_between(granted: np.ndarray, params: MultiPhaseOscillatorParams) -> Course:
    """Return the course of a pin that is up during the oscillations that make some grants."""
    return between(*spans_of(granted, params))


class ArbiterBench(ArbiterStimulus):
    """Every policy, 1 to 256 inputs, oscillations of a few picoseconds to 100 ns."""

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

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Serve the edges seen; a clear shows if the address was not 0."""
        clears, _ = edges(rows, "clear", 1)
        runs = served(self.params, rows, clears)
        traces = [trace for run, _ in runs if (trace := run.trace) is not None]
        kept(traces, register=Phase.LOAD)
        for k, tick in enumerate(clears):
            trace = traces[k]
            zeroed = trace[-1:].copy()
            for name, value in (("tick", tick), ("phase", 0), ("address", 0), ("merged", 0)):
                zeroed[name] = value
            if trace.size and trace["address"][-1]:
                traces[k] = np.append(trace, zeroed)
        return self.without_ticks(np.concatenate(traces))

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


BENCH = ArbiterBench
