"""Bench of the spike arbiter: pending inputs, spike register and grants, tick by tick."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.pins import Pins, held, strobes
from goldspike.cosim.bench.stimulus import at_rest
from goldspike.cosim.mubrain.multi_phase_oscillator import DELAYS, oscillating
from goldspike.cosim.mubrain.stimuli.arbiter import ArbiterStimulus
from goldspike.hdl.mubrain.arbiter import Arbiter
from goldspike.model.mubrain.arbiter import ArbiterParams, Policy
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams, Phase

__all__ = ["BENCH", "ArbiterBench", "kept"]

FAST = MultiPhaseOscillatorParams(load=1, select=1, access=1, recover=1)


class ArbiterBench(ArbiterStimulus):
    """Every policy, few inputs and many, oscillators even, uneven and fast."""

    rtl = Arbiter
    configs: ClassVar = {
        f"{policy.value}-{n}{suffix}": ArbiterParams(inputs=n, policy=policy, oscillator=oscillator)
        for policy in Policy
        for n, oscillator, suffix in (
            (1, MultiPhaseOscillatorParams(), ""),
            (2, MultiPhaseOscillatorParams(), ""),
            (2, FAST, "-fast"),
            (7, FAST, "-fast"),
            (16, MultiPhaseOscillatorParams(), ""),
            (65, MultiPhaseOscillatorParams(load=1, select=2, access=3, recover=1), "-uneven"),
            (256, MultiPhaseOscillatorParams(), ""),
            (1024, FAST, "-fast"),
        )
    }
    varied: ClassVar = {"inputs": range(1, 80), "policy": tuple(Policy), **DELAYS}
    published = "round_robin-256"
    checks = Checks(
        group="arbiter, multi-phase oscillator",
        gates="round_robin-16",
        mutants=("round_robin-16", "linear-16"),
        waves=True,
        at_rest=("clear",),
        slow=("linear-1024-fast",),
        vectors=("round_robin-16", 2000),
        exclusions=(
            Exclusion(
                "bits",
                r"PriorityEncoder\.(later|ahead|rest)\[0\]",
                "nothing lies behind a place and before the first, so the first is never ahead",
            ),
        ),
    )
    shown = "round_robin-16"

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Serve the edges seen; spike register and address keep over a clear."""
        traces = [trace for run, _ in self.runs(rows) if (trace := run.trace) is not None]
        return np.concatenate(kept(traces, register=Phase.LOAD, address=Phase.SELECT))

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the grants and the merges; a spike that waits keeps the oscillator going."""
        merges = expected[expected["merging"] == 1]
        access = expected["tick"][expected["access"] == 1]
        busy = oscillating(access, self.params.oscillator)
        at_rest(rows, busy, "clear")
        return {
            "access_phase": strobes(access),
            "grant": strobes(access + 1),
            "address": held(expected["tick"], expected["address"]),
            "merging": strobes(merges["tick"]),
            "merged": strobes(merges["tick"] + 1, merges["merged"]),
            "busy": strobes(busy),
        }


def kept(traces: list[np.ndarray], **until: Phase) -> list[np.ndarray]:
    """Let fields keep, from each trace to the next, what they had until a phase comes."""
    before = traces[0][:0]
    for trace in traces:
        for name, phase in until.items() if before.size else ():
            trace[name][: np.argmax(trace["phase"] >> phase & 1)] = before[name]
        before = trace[-1:] if trace.size else before
    return traces


BENCH = ArbiterBench
