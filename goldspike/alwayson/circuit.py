"""The engines of the always-on chip with a circuit: ``rtl`` and ``lockstep``.

The compiled chip is loaded once, through its scan chains. Then frame after frame: the spikes at its
AER input, freeze, and, once `busy` is down, a readout, whose potentials are reported, and `clear`.
While nothing is awake, no clock runs. What is counted comes from the trace. In lockstep every
traced word and every output pin is compared.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from goldspike.alwayson.activity import Activity
from goldspike.alwayson.engine import Encode, Result
from goldspike.chip import Engine
from goldspike.cosim.alwayson.chip import ChipBench
from goldspike.cosim.bench.pins import gather, steady, tidy
from goldspike.cosim.bench.scoreboard import (
    LockstepError,
    Mismatch,
    compare_pins,
    first_mismatch,
)
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.alwayson.chip import Chip
from goldspike.model.alwayson.chip import ChipModel, ChipTrace
from goldspike.model.alwayson.shared.chip_activity import counted_trace
from goldspike.model.alwayson.shared.chip_loading import loading

__all__ = ["CircuitEngine"]

COUNTERS = ("_lost", "_synapse_pulses", "_synapse_served")
"""What is traced, and goes on counting from frame to frame."""


class CircuitEngine(Engine):
    """The compiled chip, compared with its golden model if asked to.

    Parameters
    ----------
    model : ChipModel
        The chip and its network.
    encode : Encode
    frame : int
        Ticks until the output core is frozen.
    compared : bool
    """

    def __init__(self, model: ChipModel, encode: Encode, frame: int, *, compared: bool) -> None:
        self.model, self.encode, self.frame, self.compared = model, encode, frame, compared
        params = model.params
        circuit = Chip(params, trace=True, counted=True)
        self.simulator = BatchSimulator(circuit, counted_trace(params), fast=True)
        self.simulator.watched = True
        self.golden = ThreadPoolExecutor(1)  # runs while the circuit does
        self.bench = ChipBench("a network's", params)
        self.frames = 0
        self.before = np.zeros(1, self.simulator.record_dtype)
        levels = loading(params, model.weights, model.thresholds)
        rows = self.simulator.stimulus(len(levels.scan) + 1)
        rows["tick"] = 1 + np.arange(rows.size)
        for name, level in levels._asdict().items():
            rows[name][:-1] = level
        self.simulator.run(rows)

    def close(self) -> None:
        """Free the simulator."""
        self.golden.shutdown()
        self.simulator.close()

    def run(self, inputs: np.ndarray, begin: int, end: int) -> Iterator[Result]:
        """Run samples one by one."""
        for number in range(begin, end):
            tick, address, _ = self.encode(inputs[number : number + 1], number)
            yield self.run_frame(tick, address, np.zeros(len(tick), np.int64))

    def run_frame(self, tick: np.ndarray, address: np.ndarray, negative: np.ndarray) -> Result:
        """Run a frame.

        Raises
        ------
        LockstepError
            If `compared` and the golden model says otherwise, or if the readout makes no sense.
        """
        params, sizes, simulator = self.model.params, self.model.sizes, self.simulator
        edges = (np.asarray(tick, np.int64) + 1, np.asarray(address, np.int64))
        activity = Activity(params, sizes, self.model.thresholds, self.before, edges, self.frame)
        rows, shown = self.stimulus(tick, address, negative), []
        self.frames += 1
        simulator.restart()
        expected = None
        if self.compared:
            expected = self.golden.submit(self.model.trace, tick, address, self.frame, negative)
        for records in simulator.slices(rows):
            if records.size:
                activity.see(records)
                if expected:
                    shown.append(self.main(records))
        ticks = int(activity.last["tick"][0])
        self.before = activity.last
        pins = simulator.pins
        asked = self.closing(simulator.tick + 1)
        records = simulator.run(asked)
        potentials = self.read_out(simulator.pins)
        if expected:
            golden = expected.result()
            self.compare_records(shown, golden.records)
            pins = np.concatenate([pins, simulator.pins])
            self.compare_pins(np.concatenate([rows, asked]), pins, golden)
        self.before = (records[-1:] if records.size else self.before).copy()
        self.before["tick"] = 0
        return Result(potentials[None, : sizes[-1]], activity.counts[None], np.array([ticks]))

    def stimulus(self, tick: np.ndarray, address: np.ndarray, negative: np.ndarray) -> np.ndarray:
        """Return a high and a low per spike, and the freeze."""
        ticks = np.unique(np.concatenate([tick, tick + 1, [self.frame + 1]]))
        rows = self.simulator.stimulus(ticks.size)
        rows["tick"] = ticks
        place = np.searchsorted(ticks, tick)
        rows["strobe"][place], rows["address"][place] = 1, address
        rows["negative"][place] = negative
        rows["freeze"] = ticks > self.frame
        return rows

    def closing(self, start: int) -> np.ndarray:
        """Return a readout that begins on the tick `start`, and the clear after it."""
        rows = self.simulator.stimulus(4)
        rows["tick"] = start + np.array([0, 1, 0, 1])
        rows["tick"][2:] += self.model.params.layers[-1] + 3
        rows["start"][0] = rows["clear"][2] = 1
        rows["freeze"][:2] = 1
        return rows

    def read_out(self, pins: np.ndarray) -> np.ndarray:
        """Return all potentials of the output core, int64 (outputs,), as the pins showed them."""
        outputs, bits = self.model.params.layers[-1], self.model.params.output_bits
        valid, done = pins[pins["valid"] == 1], pins[pins["done"] == 1]
        self.expect(valid["out_address"].tolist() == [*range(outputs)], "all potentials, in order")
        found = valid["value"].astype(np.int64)
        found -= found >> (bits - 1) << bits
        wins = done["winner"].tolist() == [found.argmax()]
        self.expect(wins, f"the highest potential to win, that of {found.argmax()}")
        return found

    def expect(self, holds: bool, what: str) -> None:
        """Refuse a circuit whose pins say something else."""
        if not holds:
            raise LockstepError(f"alwayson/chip, frame {self.frames}: expected {what}")

    def main(self, records: np.ndarray) -> np.ndarray:
        """Return what of the records the golden model has, too, as if counters began at 0."""
        dtype = self.model.params.trace.record_dtype
        size = dtype.itemsize
        raw = np.ascontiguousarray(records).view(np.uint8).reshape(records.size, -1)[:, :size]
        found: Any = np.ascontiguousarray(raw).view(dtype)[:, 0]
        for name in dtype.names or ():
            if name.endswith(COUNTERS):
                found[name] -= self.before[name]
        return found

    def compare_records(self, parts: list[np.ndarray], expected: np.ndarray) -> None:
        """Compare a frame's trace with the golden model's, word by word."""
        shown = np.concatenate([np.zeros(0, expected.dtype), *parts])
        raw = shown.view(np.uint8).reshape(shown.size, expected.dtype.itemsize)[:, 8:]
        changed = np.ones(shown.size, bool)
        changed[1:] = (raw[1:] != raw[:-1]).any(axis=1)
        changed[:1] = raw[:1].any()
        self.refuse(first_mismatch(expected, shown[changed]))

    def compare_pins(self, rows: np.ndarray, pins: np.ndarray, golden: ChipTrace) -> None:
        """Compare what every pin did in a frame with what the golden model's trace implies."""
        courses = self.bench.frame_pins(rows, golden.records, golden.busy)
        chain = self.model.params.cores[0].neurons.settings.length & 1  # nothing shifts it
        expected = gather(pins.dtype, {**courses, "scan_out": steady(chain)})
        free = np.zeros(1, pins.dtype)
        self.refuse(compare_pins((expected, free), tidy(pins), int(rows["tick"][-1])))

    def refuse(self, mismatch: Mismatch | None) -> None:
        """Refuse a circuit that differs from its golden model."""
        if mismatch:
            raise LockstepError(f"alwayson/chip, frame {self.frames}, {mismatch}")
