"""Bench of a gated neuron: wake-up, power, clock, FSM and potential after every change."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.alwayson.shared.invariants import check_invariants
from goldspike.cosim.alwayson.shared.power_pins import power_pins
from goldspike.cosim.alwayson.stimuli.neuron import NeuronStimulus
from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pins import Pins, at, held, strobes
from goldspike.cosim.bench.stimulus import edges, every_tick, get_lines, up
from goldspike.cosim.timing.power_gate import BENCH as POWER_GATE
from goldspike.hdl.alwayson.neuron import Neuron
from goldspike.model.alwayson.neuron import NeuronModel, NeuronParams
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmParams
from goldspike.model.timing.power_gate import PowerGateParams

__all__ = ["BENCH", "SHOWN", "NeuronBench"]

SLOW = PowerGateParams(wake=3, reset=1, isolate=2, settle=3)
SHOWN = ("clock_enable", "request", "potential")
"""What the pins show of the golden model's word, in ``cell``, too."""
POWER_VARIED = {f"power.{name}": choices for name, choices in POWER_GATE.varied.items()}


class NeuronBench(NeuronStimulus):
    """Neurons of all three kinds; power that is slow to come, slow to go, or both."""

    rtl = Neuron
    scale: ClassVar = replace(Bench.scale, label=AXIS)
    configs: ClassVar = {
        "hidden": NeuronParams(),
        "input": NeuronParams(fsm=NeuronFsmParams(kind=Kind.INPUT)),
        "output": NeuronParams(fsm=NeuronFsmParams(kind=Kind.OUTPUT, bits=12)),
        "hidden-slow-power": NeuronParams(power=SLOW),
        "output-slow-off": NeuronParams(
            fsm=NeuronFsmParams(kind=Kind.OUTPUT, bits=3),
            power=PowerGateParams(wake=1, reset=1, isolate=1, settle=9),
        ),
        "hidden-3-bits": NeuronParams(fsm=NeuronFsmParams(bits=3)),
    }
    varied: ClassVar = {
        "fsm.kind": tuple(Kind), "fsm.bits": range(2, 17), **POWER_VARIED
    }  # fmt: skip
    published = "hidden"
    checks = Checks(group="neuron, block", assembled=True, random=1, waves=True)

    @once
    def follow(self, rows: np.ndarray) -> list[tuple[int, tuple[int, ...], np.ndarray]]:
        """Return tick, trace word and lost spikes of every tick; the last rows leave it alone."""
        model, every, found = NeuronModel(self.params), every_tick(rows), []
        level = get_lines(every, "spikes", 2)
        rest = np.repeat(every[-1:], 40)
        rest["tick"] += np.arange(1, 41)
        for k, row in enumerate(np.concatenate([every, rest])):
            model.tick(
                level[min(k, every.size - 1)], rises=bool(row["rises"]), falls=bool(row["falls"]),
                ack=bool(row["ack"]), clear=bool(row["clear"]), threshold=int(row["threshold"]),
            )  # fmt: skip
            found.append((int(row["tick"]), model.word, model.lost.copy()))
        return found

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Follow what was seen; after it, the neuron is left alone."""
        records, before = [], NeuronModel(self.params).word
        for tick, word, _ in self.follow(rows):
            if word != before:
                before = word
                records.append((tick, *before))
        return np.array(records, self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the neuron; busy while awake, powered or clocked, and with spike and clear."""
        tick = expected["tick"]
        found = [(tick, lost) for tick, _, lost in self.follow(rows) if lost.any()]
        lost = np.array([lines for _, lines in found], bool).reshape(-1, 2)
        states = held(tick, (expected["clock_enable"] | expected["gated"] | expected["power"]) > 0)
        ticks = np.arange(1, max(int(rows["tick"][-1]), int(tick[-1])) + 2)
        starts = np.append(edges(rows, "spikes", 2)[0], up(rows, "clear"))
        return {
            **{name: held(tick, expected[name]) for name in (*SHOWN, "gated")},
            **power_pins(self.params.power, tick, expected["power"][:, None], held),
            "lost": strobes(np.array([tick for tick, _ in found]) + 1, lost),
            "busy": strobes(np.append(ticks[at(states, ticks) == 1], starts)),
        }

    def check(self, records: np.ndarray) -> None:
        """Check the neuron's invariants."""
        check_invariants(records[:, None], records["tick"], None)


BENCH = NeuronBench
