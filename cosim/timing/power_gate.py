"""Bench of the power gate: state and outputs after every change."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held, strobes
from goldspike.cosim.bench.stimulus import every_tick, spans
from goldspike.cosim.timing.stimuli.power_gate import PowerGateStimulus
from goldspike.hdl.timing.power_gate import PowerGate
from goldspike.model.timing.power_gate import PowerGateModel, PowerGateParams, PowerState

__all__ = ["BENCH", "PowerGateBench"]


class PowerGateBench(PowerGateStimulus):
    """Gates that are quick, slow to wake, slow to go off, or all of it."""

    rtl = PowerGate
    configs: ClassVar = {
        "zigzag": PowerGateParams(),
        "short": PowerGateParams(wake=1, reset=1, isolate=0, settle=1),
        "ordered": PowerGateParams(wake=3, reset=2, isolate=2, settle=3),
        "slow-wake": PowerGateParams(wake=37, reset=1, isolate=1, settle=1),
        "longest": PowerGateParams(wake=300, reset=70, isolate=130, settle=510),
        "slow-off": PowerGateParams(wake=2, reset=0, isolate=5, settle=12),
    }
    varied: ClassVar = {
        "wake": range(1, 20), "reset": range(6), "isolate": range(6), "settle": range(1, 15),
    }  # fmt: skip
    published = "zigzag"
    checks = Checks(
        group="oscillator, clock gate, power gate", mutants=("ordered",), silences=True, waves=True
    )
    shown = "ordered"

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Follow the request seen."""
        return PowerGateModel(self.params).run(every_tick(rows)["request"] == 1)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the sequence: it is under way from the tick that begins it to its last one."""
        tick, state = expected["tick"], expected["state"]
        moves = np.flatnonzero(np.diff(state, prepend=PowerState.OFF))
        ends = np.append(tick[moves], tick[-1:])
        moving = np.isin(state[moves], (PowerState.WAKING, PowerState.GOING_OFF))
        begins = np.flatnonzero(moving)
        names = ("power", "good", "isolate", "retain", "reset")
        rest = {"isolate": 1, "retain": 1}
        return {
            **{name: held(tick, expected[name], rest.get(name, 0)) for name in names},
            "busy": strobes(spans(ends[begins], ends[begins + 1])),
        }


BENCH = PowerGateBench
