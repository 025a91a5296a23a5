"""Bench of the core in ``cell``: two rings that know nothing of each other, to the picosecond."""

from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.alwayson.cell.stimuli.core import CLOCKS, GRID, CoreStimulus
from goldspike.cosim.alwayson.core import CoreBench as TickBench
from goldspike.cosim.alwayson.core import beside
from goldspike.cosim.alwayson.shared.handshakes import check_handshakes
from goldspike.cosim.alwayson.shared.power_pins import power_pins
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pins import Course, taken_up
from goldspike.cosim.bench.stimulus import edges, get_lines
from goldspike.hdl.alwayson.cell.core import Core
from goldspike.hdl.alwayson.neuron_block import POWER_PINS
from goldspike.model.alwayson.core import CoreParams
from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.alwayson.neuron_block import NeuronBlockParams, Settings
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmParams
from goldspike.model.alwayson.synapse_arbiter import Policy
from goldspike.model.alwayson.synapse_block import SynapseBlockParams, SynapseSettings
from goldspike.model.timing.power_gate import PowerGateParams, PowerState
from goldspike.model.trace import TraceLayout

__all__ = ["BENCH", "CoreBench"]

NEURON_POWER = PowerGateParams(wake=90, settle=140)
SYNAPSE_POWER = PowerGateParams(wake=90, reset=10, isolate=20, settle=340)


def core(
    rows: int, columns: int, kind: Kind, policy: Policy, lengths: tuple[int, int]
) -> CoreParams:
    """Return a core; the lengths are those of the neurons' and of the synapse block's ring."""
    neuron = NeuronParams(fsm=NeuronFsmParams(kind=kind), power=NEURON_POWER)
    return CoreParams(
        neurons=NeuronBlockParams(
            neurons=rows, neuron=neuron, length_bits=12, divide_bits=2,
            settings=Settings(length=lengths[0]),
        ),
        synapses=SynapseBlockParams(
            rows=rows, columns=columns, policy=policy, power=SYNAPSE_POWER, length_bits=12,
            divide_bits=2, settings=SynapseSettings(length=lengths[1]),
        ),
    )  # fmt: skip


class CoreBench(CoreStimulus):
    """A hidden core with quick neurons, and an input core with slow ones."""

    rtl = Core
    configs: ClassVar = {
        "hidden-3x5": core(3, 5, Kind.HIDDEN, Policy.ROUND_ROBIN, (100, 413)),
        "input-2x3-slow-neurons": core(2, 3, Kind.INPUT, Policy.FIXED, (450, 257)),
    }
    varied: ClassVar = {
        "neurons.neuron.fsm.kind": (Kind.HIDDEN, Kind.INPUT),
        "neurons.neuron.power.wake": (10, 90), "neurons.neuron.power.settle": (40, 140),
        "neurons.settings.length": range(100, 400, GRID), "neurons.settings.divide": range(1, 4),
        "synapses.columns": range(1, 6), "synapses.policy": tuple(Policy),
        "synapses.power.settle": (10, 340), "synapses.settings.length": range(201, 700, 2),
        "synapses.settings.divide": range(1, 4),
    }  # fmt: skip
    published = "hidden-3x5"

    @property
    def layout(self) -> TraceLayout:
        """The layout of the circuit's trace word: that of ``tick``."""
        return self.params.trace

    @cached_property
    def in_ticks(self) -> TickBench:
        """The bench in ``tick``, whose golden core is this one's, too."""
        return TickBench(TickBench.published, self.params)

    @once
    def as_ticks(self, rows: np.ndarray) -> np.ndarray:
        """Return the rows as the golden core takes them: strobes instead of clocks."""
        rises = {name: edges(rows, name, 1)[0] for name in CLOCKS}
        ends = np.concatenate(list(rises.values())) + 1
        moments = np.union1d(rows["tick"], ends)
        found = rows[np.searchsorted(rows["tick"], moments, side="right") - 1]
        found["tick"] = moments
        for name, ticks in rises.items():
            found[name] = np.isin(moments, ticks)
        return found

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Let the golden core run on what was seen."""
        return self.in_ticks.expect(self.as_ticks(rows))

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask what the core in ticks asks, and that no chain shifts as its word is loaded."""
        load, scan = (edges(rows, name, 1)[0] for name in ("load", "scan_synapses"))
        return {
            **self.in_ticks.forbidden(self.as_ticks(rows), expected),
            "the chain holds still as it is loaded": np.intersect1d(load, scan),
        }

    def decode(self, records: np.ndarray) -> np.ndarray:
        """Take the records as they are."""
        return records

    def check(self, records: np.ndarray) -> None:
        """Check what holds in any run of the synapse block."""
        layout, place = self.params.synapses.trace, self.params.trace.dtype.itemsize
        size = layout.dtype.itemsize
        words = np.ascontiguousarray(records).view(np.uint8).reshape(records.size, -1)
        seen = layout.from_bytes(records["tick"], words[:, 8 + place - size :])
        changed = np.append(True, (seen[1:] != seen[:-1]))
        check_handshakes(seen[changed[: seen.size]], self.params.synapses.rows)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, Course]:
        """Follow the golden core; power of the neurons, the golden neuron block."""
        ticks, tick = self.as_ticks(rows), expected["tick"]
        run = self.in_ticks.run_model(ticks)
        words, _ = self.in_ticks.run_neurons(ticks, expected)
        power = self.params.neurons.neuron.power, self.params.synapses.power
        states = (
            (words["tick"], words["neurons"]["power"]),
            (tick, expected["synapse_power"][:, None]),
        )
        gates = [
            power_pins(gate, *seen, taken_up) for gate, seen in zip(power, states, strict=True)
        ]
        chains = self.in_ticks.chains(ticks)
        shown = {
            "plus_out": run.spikes[:, 0], "minus_out": run.spikes[:, 1],
            "neuron_clock": run.neuron_clock, "synapse_clock": run.synapse_clock,
        }  # fmt: skip
        ends = {
            f"scan_out_{name}": (np.maximum(chain.out[0] - 1, 0), chain.out[1])
            for name, chain in zip(("neurons", "synapses"), chains, strict=True)
        }
        return {
            **{name: at_once(level) for name, level in shown.items()},
            **{name: beside(*(gate[name] for gate in gates)) for name in POWER_PINS},
            **ends,
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Sleep of either block alone; requests, losses; wake-ups in time."""
        n, power = self.params.neurons.neurons, records["synapse_power"]
        request, ack = (get_lines(records, name, n) for name in ("request", "synapse_ack"))
        shown = self.in_ticks.run_model(self.as_ticks(rows)).spikes
        off = power == PowerState.OFF
        bins: dict[str, Any] = {
            "neurons awake, synapses asleep": (records["awake"] == 1) & off,
            "neurons asleep, synapses awake": (records["awake"] == 0) & ~off,
            "lost spikes": np.diff(records["lost"].astype(int)) != 0,
            "a request while the synapse block works": new(request).any(axis=1)
            & (power == PowerState.ON),
            "several wait": request.sum(axis=1) > 1,
            "from Ack to Ack": new(ack)[1:].any(axis=1) & ack[:-1].any(axis=1),
            "every row is granted": new(ack).sum(axis=0).min(),
            "spikes +": shown[:, 0],
            "spikes -": shown[:, 1],
        }
        return {name: int(np.sum(hits)) for name, hits in bins.items()}


def new(lines: np.ndarray) -> np.ndarray:
    """Return which lines rise with each record."""
    return lines & ~np.vstack([np.zeros_like(lines[:1]), lines[:-1]])


def at_once(levels: np.ndarray) -> Course:
    """Return the course of a pin of which the model says on every tick what it was before."""
    changed = (levels[1:] != levels[:-1]).reshape(len(levels) - 1, -1).any(axis=1)
    ticks = np.flatnonzero(changed) + 1
    return taken_up(ticks, levels[ticks])


BENCH = CoreBench
