"""Bench of the neuron block in ``cell``: every neuron and the clock, to the picosecond."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.alwayson.cell.neuron import total_lost
from goldspike.cosim.alwayson.cell.stimuli.neuron_block import (
    TICK_PS,
    NeuronBlockStimulus,
    in_picoseconds,
)
from goldspike.cosim.alwayson.neuron_block import settings_of
from goldspike.cosim.alwayson.shared.invariants import check_invariants
from goldspike.cosim.alwayson.shared.power_pins import power_pins
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pins import Course, side_by_side, taken_up
from goldspike.cosim.bench.stimulus import get_lines
from goldspike.hdl.alwayson.cell.neuron_block import NeuronBlock
from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.alwayson.neuron_block import (
    BlockRun,
    NeuronBlockModel,
    NeuronBlockParams,
    Settings,
    acks,
)
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmParams
from goldspike.model.timing.power_gate import PowerGateParams, PowerState

__all__ = ["BENCH", "NeuronBlockBench"]

POWER = PowerGateParams(wake=900, settle=1900)
"""On within a tick, off within two, and off the grid of ticks."""


def block(neurons: int, kind: Kind, settings: Settings, bits: int = 9) -> NeuronBlockParams:
    """Return a block; the ring's length in ticks."""
    return NeuronBlockParams(
        neurons=neurons,
        neuron=NeuronParams(fsm=NeuronFsmParams(kind=kind, bits=bits), power=POWER),
        length_bits=16,
        settings=in_picoseconds(settings),
    )


class NeuronBlockBench(NeuronBlockStimulus):
    """Small blocks of all three kinds, their spikes on the grid of ticks or off it."""

    rtl = NeuronBlock
    configs: ClassVar = {
        "hidden-3": block(3, Kind.HIDDEN, Settings(threshold=2)),
        "hidden-2-off-grid": block(2, Kind.HIDDEN, Settings()),
        "input-2-by-3": block(2, Kind.INPUT, Settings()),
        "output-2": block(2, Kind.OUTPUT, Settings(), 12),
    }
    varied: ClassVar = {
        "neurons": range(1, 4), "neuron.fsm.kind": tuple(Kind), "neuron.fsm.bits": range(2, 13),
        "neuron.power.wake": (7, 307, 900), "neuron.power.reset": (0, 30),
        "neuron.power.isolate": (0, 20), "neuron.power.settle": (1017, 1900),
        "settings.length": range(TICK_PS, 5 * TICK_PS, TICK_PS), "settings.divide": range(1, 4),
        "settings.threshold": range(4),
    }  # fmt: skip
    published = "hidden-3"

    @once
    def run_model(self, rows: np.ndarray) -> BlockRun:
        """Run the golden model on what was seen at the pins."""
        level = get_lines(rows, "ack", self.params.neurons)
        row, neuron = np.nonzero(level != np.vstack([np.zeros_like(level[:1]), level[:-1]]))
        given = acks(rows["tick"][row], neuron, level[row, neuron])
        model = NeuronBlockModel(self.params, scanned_settings(self.params, rows))
        return model.run(np.concatenate([self.events(rows), given]), traced=True)

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Let the golden block run on what was seen."""
        records = self.run_model(rows).records
        assert records is not None
        return records

    def decode(self, records: np.ndarray) -> np.ndarray:
        """Add up the lost spikes of both lines of every neuron."""
        seen = records.view(self.params.cell_record_dtype)
        decoded: Any = np.zeros(seen.size, self.params.record_dtype)
        decoded["tick"], decoded["clock"] = seen["tick"], seen["clock"]
        for name in self.params.neuron.watched:
            neurons = seen["neurons"]
            decoded["neurons"][name] = total_lost(neurons) if name == "lost" else neurons[name]
        return decoded.view(self.params.trace.record_dtype)

    def check(self, records: np.ndarray) -> None:
        """Check the invariants of all neurons."""
        seen = records.view(self.params.record_dtype)
        check_invariants(seen["neurons"], seen["tick"], seen["clock"] == 1)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, Course]:
        """Follow neurons, clock and the end of the scan chain."""
        params, seen = self.params, expected.view(self.params.record_dtype)
        tick, neurons = seen["tick"], seen["neurons"]
        bits = params.scanned(params.settings)
        rises = np.flatnonzero(np.diff(rows["scan_clock"].astype(int), prepend=0) > 0)
        chain = np.concatenate([bits, rows["scan_in"][rises] == 1])
        ends = chain[1 : rises.size + 1]
        potentials = side_by_side(neurons["potential"], params.neuron.fsm.bits)
        return {
            "scan_out": taken_up(rows["tick"][rises], ends, int(chain[0])),
            "request": taken_up(tick, neurons["request"] == 1),
            "potentials": taken_up(tick, potentials),
            "clock": taken_up(tick, seen["clock"]),
            **power_pins(params.neuron.power, tick, neurons["power"], taken_up),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Wake-ups with the clock at rest and running; losses; requests; ties with the clock."""
        seen = records.view(self.params.record_dtype)
        run = self.run_model(rows)
        log = run.spikes
        asleep = log["power"] == PowerState.OFF
        bins = {
            "wake-ups at rest": np.sum(asleep & (log["phase"] < 0)),
            "wake-ups of one neuron while the clock runs": np.sum(asleep & (log["phase"] > 0)),
            "lost spikes": run.counts["lost"].sum(),
            "back on while going off": np.sum(log["power"] == PowerState.GOING_OFF),
        }
        if "off-grid" not in self.config:
            edge = seen["tick"][np.diff(seen["clock"].astype(int), prepend=0) != 0]
            bins["spikes at the very moment of an edge"] = np.isin(log["tick"], edge).sum()
        if Kind(self.params.neuron.fsm.kind) is not Kind.OUTPUT:
            bins["requests"] = run.counts["requests"].sum()
        return {name: int(hits) for name, hits in bins.items()}


def scanned_settings(params: NeuronBlockParams, rows: np.ndarray) -> Settings:
    """Return what the scan chain holds after the rows, one bit per rising edge of its clock."""
    clock = get_lines(rows, "scan_clock", 1)[:, 0]
    rises = clock & ~np.concatenate([[False], clock[:-1]])
    bits = [*params.scanned(params.settings), *(rows["scan_in"][rises] == 1).tolist()]
    return settings_of(params, bits[int(rises.sum()) :])


BENCH = NeuronBlockBench
