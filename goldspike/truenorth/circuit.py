"""The engines of an array of cores with a circuit: ``rtl`` and ``lockstep``.

A host's schedule is laid down beforehand: load the array through its configuration port; then, step
by step, send the spikes of the step, one by the tick, and raise `run` for a tick when all is idle.
When that will be is known from the golden model, and what is reported is what the circuit shows:
outputs and times from its pins, events, spikes, merges, stalls and hops from its trace.
"""

from collections.abc import Iterator

import numpy as np

from goldspike.chip import Engine
from goldspike.cosim.bench.scoreboard import LockstepError, judge
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.cosim.truenorth.array import ArrayBench
from goldspike.hdl.truenorth.array import Array
from goldspike.model.truenorth.array import configuration
from goldspike.model.truenorth.shared.image import blank
from goldspike.model.truenorth.shared.steps import OUTPUT, Steps
from goldspike.truenorth.engine import Cores, Encode, Result

__all__ = ["CircuitEngine"]

LOCAL = 0


class CircuitEngine(Engine):
    """The compiled array, compared with its golden model if asked to.

    Parameters
    ----------
    cores : Cores
    encode : Encode
    first : bool
        Whether the steps of first spikes are wanted.
    compared : bool
    """

    def __init__(self, cores: Cores, encode: Encode, *, first: bool, compared: bool) -> None:
        self.first, self.compared = first, compared
        params = cores.params
        self.bench = ArrayBench("a network's", params)
        self.simulator = BatchSimulator(Array(params, trace=True), params.trace, fast=True)
        self.simulator.watched = True
        self.load(cores, encode)

    def close(self) -> None:
        """Free the simulator."""
        self.simulator.close()

    def load(self, cores: Cores, encode: Encode) -> None:
        """Take other images of the same size, and what encodes their samples."""
        params = cores.params
        core = params.core
        empty = blank(core.axons, core.neurons)
        self.cores, self.encode = cores, encode
        self.images = [image or empty for image in cores.images]
        self.words = np.array(list(configuration(self.images, params)), np.int64)
        self.array = Steps(cores.images, params.columns, params.rows, core)

    def run(self, inputs: np.ndarray, begin: int, end: int) -> Iterator[Result]:
        """Run samples one by one, each after a reset."""
        for number in range(begin, end):
            yield self.run_one(inputs[number : number + 1], number)

    def run_one(self, part: np.ndarray, number: int) -> Result:
        """Run a sample.

        Raises
        ------
        LockstepError
            If `compared` and the golden model says otherwise.
        """
        spikes, steps = self.encode(part)
        planned = self.array.run(spikes, steps, 1, depth=self.cores.params.depth).step_ticks
        assert planned is not None
        rows = self.schedule(spikes, planned[0])
        self.simulator.reset()
        end = int(rows["tick"][-1])
        records = self.simulator.run(rows, end)
        pins = self.simulator.pins
        if self.compared:
            expected = self.bench.expect(rows)
            found = judge(self.bench, rows, expected, records, end, pins)
            if found["mismatch"]:
                raise LockstepError(f"truenorth/array, {found['mismatch']}")
        return self.read(self.bench.split(records), pins, int(steps[0]), number)

    def schedule(self, spikes: np.ndarray, planned: np.ndarray) -> np.ndarray:
        """Return the stimulus of a sample; `planned` are the ticks that its steps take."""
        params, columns = self.cores.params, self.cores.params.columns
        apart = 1 if params.depth > 1 else 2  # a queue of one packet takes one every other tick
        x, y = spikes["core"] % columns, spikes["core"] // columns
        packets = x | y << 9 | (spikes["step"] % 16) << 18 | spikes["axon"].astype(np.int64) << 22
        firsts = np.searchsorted(spikes["step"], np.arange(planned.size + 1))
        sent = np.zeros(spikes.size, np.int64)
        runs = np.zeros(planned.size, np.int64)
        now = 1 + self.words.size + 1
        for step, ticks in enumerate(planned.tolist()):
            mine = slice(firsts[step], firsts[step + 1])
            count = firsts[step + 1] - firsts[step]
            sent[mine] = now + apart * np.arange(count)
            # it is in the scheduler a tick after its last hop, and then all is idle
            runs[step] = max(now, int((sent[mine] + x[mine] + y[mine] + 2).max(initial=0)))
            now = int(runs[step]) + ticks + 1
        quiet = np.setdiff1d(
            np.concatenate([[1 + self.words.size], sent + 1, runs + 1, [now]]),
            np.concatenate([sent, runs]),
        )
        ticks = np.sort(np.concatenate([1 + np.arange(self.words.size), sent, runs, quiet]))
        rows = self.simulator.stimulus(ticks.size)
        rows["tick"] = ticks
        rows["out_ready"] = (1 << params.rows) - 1
        rows["config_valid"][: self.words.size] = 1
        rows["config_data"][: self.words.size] = self.words
        places = np.searchsorted(ticks, sent)
        rows["in_valid"][places], rows["in_packet"][places] = 1, packets
        rows["run"][np.searchsorted(ticks, runs)] = 1
        return rows

    def read(
        self, parts: dict[str, np.ndarray], pins: np.ndarray, steps: int, number: int
    ) -> Result:
        """Return what the circuit did in a sample, from its trace and its pins."""
        count = len(self.images)
        totals = {
            name: np.zeros((1, count), np.int64)
            for name in ("events", "fired", "sent", "merged", "stalls")
        }
        begins = pins["tick"][pins["sync"] == 1]
        first = np.full((1, count, self.cores.params.core.neurons * self.first), -1, np.int64)
        hops = 0
        for k, image in enumerate(self.images):
            token = parts[f"core_{k}.controller"]
            written = token[(token["fire"] == 1) & (token["stall"] == 0)]
            fired = parts[f"core_{k}.write_back"]["fired"] == 1
            neurons = written["neuron"][fired]
            totals["events"][0, k] = token["integrate"].sum(dtype=np.int64)
            totals["stalls"][0, k] = token["stall"].sum(dtype=np.int64)
            totals["merged"][0, k] = parts[f"core_{k}.spike"]["merged"].sum(dtype=np.int64)
            totals["fired"][0, k] = fired.sum()
            totals["sent"][0, k] = (image.neurons["delay"][neurons] > 0).sum()
            leaves = parts[f"router_{k}"]["leaves"].astype(np.int64)
            hops += int(leaves.sum() - leaves[:, LOCAL].sum())
            if self.first:
                at = np.searchsorted(begins, written["tick"][fired], side="right") - 1
                first[0, k, neurons[::-1]] = at[::-1]  # the first one is written last
        return Result(
            outputs=self.outputs(pins, begins, number),
            steps=np.array([steps]),
            ticks=np.array([self.busy(pins, begins)]),
            hops=np.array([hops]),
            first=first,
            **totals,
        )

    def busy(self, pins: np.ndarray, begins: np.ndarray) -> int:
        """Return the ticks from every `sync` until all was idle again."""
        idle = pins["tick"][pins["idle"] == 1]
        ends = idle[np.searchsorted(idle, begins, side="right")]
        return int((ends - begins).sum())

    def outputs(self, pins: np.ndarray, begins: np.ndarray, number: int) -> np.ndarray:
        """Return the packets that left by the east links, OUTPUT, sorted."""
        params = self.cores.params
        lasts = np.append(pins["tick"][1:], pins["tick"][-1] + 1) - pins["tick"]
        found = []
        for row in range(params.rows):
            valid = line(pins, "out_valid", row, 1) == 1
            packet = line(pins, "out_packet", row * params.router.packet_bits,
                          params.router.packet_bits)[valid]  # fmt: skip
            packet = np.repeat(packet, lasts[valid])  # alike ones on ticks in a row
            tick = np.repeat(pins["tick"][valid], lasts[valid])
            step = np.searchsorted(begins, tick, side="right") - 1
            left = np.zeros(packet.size, OUTPUT)
            left["sample"], left["row"] = number, row
            left["step"] = step + ((packet >> 18 & 15) - step) % 16
            left["dx"], left["axon"] = packet & 511, packet >> 22
            found.append(left)
        return np.sort(np.concatenate(found))


def line(pins: np.ndarray, name: str, place: int, bits: int) -> np.ndarray:
    """Return some bits of an output pin, int64 (n,), however wide it is."""
    raw = np.ascontiguousarray(pins[name]).view(np.uint8).reshape(len(pins), -1)
    lines = np.unpackbits(raw, axis=1, bitorder="little")[:, place : place + bits]
    return lines.astype(np.int64) @ (np.int64(1) << np.arange(bits))
