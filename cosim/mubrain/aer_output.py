"""Bench of the AER output: every rise and fall of the strobe, every address, every merge."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.pins import Pins, held, strobes
from goldspike.cosim.bench.stimulus import at_rest, spans, up
from goldspike.cosim.mubrain.multi_phase_oscillator import DELAYS, oscillating
from goldspike.cosim.mubrain.stimuli.aer_output import AerOutputStimulus
from goldspike.hdl.mubrain.aer_output import AerOutput
from goldspike.model.mubrain.aer_output import AerOutputModel, AerOutputParams
from goldspike.model.mubrain.arbiter import Policy
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams

__all__ = ["BENCH", "AerOutputBench", "sending", "sending_busy"]

SLOW = MultiPhaseOscillatorParams(load=100, select=60, access=50, recover=47)
FAST = MultiPhaseOscillatorParams(load=1, select=1, access=1, recover=1)


def sending(sent: np.ndarray, line: np.ndarray, params: AerOutputParams) -> Pins:
    """Return address and strobe of events; the address keeps until the next one."""
    return {
        "address": held(sent, line),
        "strobe": strobes(spans(sent + 1, sent + params.hold)),
    }


def sending_busy(sent: np.ndarray, params: AerOutputParams) -> np.ndarray:
    """Return the ticks on which an AER output that sends these events has something under way."""
    up = spans(sent + 1, sent + params.hold)
    return np.concatenate([oscillating(sent, params.oscillator), up])


class AerOutputBench(AerOutputStimulus):
    """Strobes of 1 to 256 ticks, behind oscillators fast and slow."""

    rtl = AerOutput
    configs: ClassVar = {
        "1": AerOutputParams(lines=1),
        "7-fast": AerOutputParams(lines=7, hold=3, oscillator=FAST),
        "10": AerOutputParams(lines=10),
        "16-linear-short": AerOutputParams(lines=16, hold=1, policy=Policy.LINEAR),
        "65-long": AerOutputParams(lines=65, hold=9),
        "512-fast": AerOutputParams(lines=512, hold=3, oscillator=FAST),
        "3-longest": AerOutputParams(lines=3, hold=256, oscillator=SLOW),
    }
    varied: ClassVar = {
        "lines": range(1, 30), "hold": range(1, 6), "policy": tuple(Policy), **DELAYS
    }  # fmt: skip
    published = "10"
    checks = Checks(
        group="AER input and output",
        mutants=("7-fast",),
        exclusions=(
            Exclusion(
                "bits",
                r"AerOutput\.merged\[([2-9]\d|1\d\d|[2-4]\d\d|18|5[01]\d)\]",
                "one line in many merges by chance; of up to 16 every one does",
            ),
        ),
    )

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Send the spikes seen; the address keeps over a clear."""
        model, parts, address = AerOutputModel(self.params), [], 0
        for run in self.runs(rows):
            records = model.records(run)
            none_yet = np.cumsum(records["strobe"]) == 0
            records["address"][none_yet] = address
            address = records["address"][-1] if records.size else address
            parts.append(records)
        return np.concatenate(parts)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow strobe, address and merges; busy with any of them, and while it is cleared."""
        merged = expected[expected["merged"].any(axis=1)]
        runs = self.runs(rows)
        sent = np.concatenate([run.tick for run in runs])
        line = np.concatenate([run.line for run in runs])
        busy = sending_busy(sent, self.params)
        at_rest(rows, busy, "clear")
        return {
            **sending(sent, line, self.params),
            "merged": strobes(merged["tick"] + 1, merged["merged"]),
            "busy": strobes(np.concatenate([busy, up(rows, "clear")])),
        }


BENCH = AerOutputBench
