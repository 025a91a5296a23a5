"""The engines of the always-on chip with a circuit: ``rtl`` and ``lockstep``.

The compiled chip is loaded once, through its scan chains. Then frame after frame: the spikes at its
AER input, freeze, and, once `busy` is down, a readout, whose potentials are reported, and `clear`.
While nothing is awake, no clock runs. What is counted comes from the trace.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from goldspike.alwayson.activity import Activity
from goldspike.alwayson.engine import Encode, Result
from goldspike.chip import Engine
from goldspike.cosim.bench.scoreboard import LockstepError, first_mismatch
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.alwayson.chip import Chip
from goldspike.model.alwayson.chip import FAST_COUNTS, ChipModel, ChipParams, ChipRun
from goldspike.model.alwayson.shared.chip_activity import counted_trace
from goldspike.model.alwayson.shared.chip_frames import check_events
from goldspike.model.alwayson.shared.chip_loading import loading

__all__ = ["CircuitEngine", "run_circuit"]

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
            If `compared` and the golden model says otherwise.
        """
        params, sizes = self.model.params, self.model.sizes
        edges = (np.asarray(tick, np.int64) + 1, np.asarray(address, np.int64))
        activity = Activity(params, sizes, self.model.thresholds, self.before, edges, self.frame)
        shown = []
        self.frames += 1
        self.simulator.restart()
        for records in self.simulator.slices(self.stimulus(tick, address, negative)):
            if not records.size:
                continue
            activity.see(records)
            if self.compared:
                shown.append(self.main(records))
        if self.compared:
            self.compare(shown, tick, address, negative)
        ticks = int(activity.last["tick"][0])
        self.before = activity.last
        potentials = self.read_out()[: sizes[-1]]
        return Result(potentials[None], activity.counts[None], np.array([ticks]))

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

    def read_out(self) -> np.ndarray:
        """Read all potentials of the output core, int64 (outputs,); then clear the chip."""
        simulator, bits = self.simulator, self.model.params.output_bits
        rows = simulator.stimulus(2)
        rows["tick"], rows["freeze"] = simulator.tick + 1 + np.arange(2), 1
        rows["start"][0] = 1
        found = np.zeros(self.model.params.layers[-1], np.int64)
        last = int(rows["tick"][0])
        simulator.run(rows[:1], last)
        rows = rows[1:]
        for k in range(found.size):
            simulator.run(rows, last + k + 1)
            rows = rows[:0]
            out = simulator.outputs()
            self.expect(bool(out["valid"]) and out["out_address"] == k, f"potential {k} read out")
            found[k] = out["value"]
        found -= found >> (bits - 1) << bits
        simulator.run(rows, last + found.size + 1)
        out = simulator.outputs()
        wins = bool(out["done"]) and out["winner"] == found.argmax()
        self.expect(wins, f"the highest potential to win, that of {found.argmax()}")
        rows = simulator.stimulus(2)
        rows["tick"] = last + found.size + 2 + np.arange(2)
        rows["clear"][0] = 1
        records = simulator.run(rows)
        if records.size:
            self.before = records[-1:]
        self.before = self.before.copy()
        self.before["tick"] = 0
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

    def compare(
        self, parts: list[np.ndarray], tick: np.ndarray, address: np.ndarray, negative: np.ndarray
    ) -> None:
        """Compare a frame with the golden model, word by word."""
        dtype = self.model.params.trace.record_dtype
        shown = np.concatenate([np.zeros(0, dtype), *parts])
        raw = shown.view(np.uint8).reshape(shown.size, dtype.itemsize)[:, 8:]
        changed = np.ones(shown.size, bool)
        changed[1:] = (raw[1:] != raw[:-1]).any(axis=1)
        changed[:1] = raw[:1].any()
        expected = self.model.trace(tick, address, self.frame, negative).records
        mismatch = first_mismatch(expected, shown[changed])
        if mismatch:
            raise LockstepError(f"alwayson/chip, frame {self.frames}, {mismatch}")


def run_circuit(
    params: ChipParams, weights: Sequence[np.ndarray], thresholds: Sequence[int] | None,
    ticks: np.ndarray, addresses: np.ndarray, bounds: np.ndarray, frame: int,
    negative: np.ndarray | None = None, *, lockstep: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ChipRun:  # fmt: skip
    """Run many frames on the compiled chip; as :meth:`ChipModel.run`, from the circuit.

    Parameters
    ----------
    params, weights, thresholds
        As :class:`goldspike.model.alwayson.chip.ChipModel` takes them.
    ticks, addresses, bounds, frame, negative
        As :meth:`ChipModel.run` takes them.
    lockstep : bool
        Compare every traced word with the golden model.
    progress : callable, optional
        Is given the number of frames done, after every one.

    Raises
    ------
    LockstepError
        At the first mismatch.
    """
    tick, address = np.asarray(ticks, np.int64), np.asarray(addresses, np.int64)
    line = np.zeros(tick.size, np.int64) if negative is None else np.asarray(negative, np.int64)
    own = np.asarray(bounds, np.int64)
    check_events(tick, address, line, own)
    model = ChipModel(params, weights, thresholds)
    engine = CircuitEngine(model, lambda *_: None, frame, compared=lockstep)  # type: ignore[arg-type,return-value]
    found = []
    try:
        for f in range(own.size - 1):
            mine = slice(own[f], own[f + 1])
            found.append(engine.run_frame(tick[mine], address[mine], line[mine]))
            if progress:
                progress(f + 1)
    finally:
        engine.close()
    potentials = [np.zeros((0, model.sizes[-1]), np.int64), *(part.potentials for part in found)]
    counts = [np.zeros((0, len(model.sizes), len(FAST_COUNTS)), np.int64)]
    counts += [part.counts for part in found]
    return ChipRun(
        np.concatenate(potentials), np.concatenate(counts),
        np.array([int(part.ticks[0]) for part in found], np.int64), [],
    )  # fmt: skip
