"""The engines of µBrain with a circuit: ``rtl`` and ``lockstep``."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.cosim.bench.pins import gather, since
from goldspike.cosim.bench.scoreboard import LockstepError, Mismatch, compare, compare_pins
from goldspike.cosim.lockstep.runner import Run, keep_waves
from goldspike.cosim.mubrain.chip import REST, ChipBench
from goldspike.cosim.mubrain.shared.chip_rows import with_bias
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.mubrain.chip import Chip
from goldspike.model.mubrain.chip import ChipParams, ChipRun, layer_names, loading_order
from goldspike.model.mubrain.readout import NO_ANSWER
from goldspike.model.mubrain.recurrent_layer import RecurrentLayerParams
from goldspike.mubrain.engine import Events, ModelEngine, SampleResult

__all__ = ["LockstepEngine", "RtlEngine", "run_seen"]


@dataclass(frozen=True)
class Seen:
    """What could be seen of the circuit during one sample."""

    events: int
    rows: np.ndarray
    records: np.ndarray
    pins: np.ndarray
    outputs: dict[str, int]
    ticks: int


class RtlEngine:
    """Runs samples on the compiled circuit; the weights are shifted in once."""

    def __init__(self, params: ChipParams, weights: list[np.ndarray]) -> None:
        self.params = params
        self.simulator = BatchSimulator(Chip(params, trace=True), params.trace, fast=True)
        for layer, matrix in enumerate(weights):
            self.load(layer, matrix)

    def load(self, layer: int, matrix: np.ndarray) -> None:
        """Shift one layer's weights in."""
        stream = loading_order(self.params.layers[layer], matrix)
        rows = self.simulator.stimulus(stream.size + 1)
        rows["tick"] = np.arange(rows.size)
        rows["load"][:-1] = 1 << layer
        rows["weight"][:-1] = stream & (1 << self.params.neuron.weight_bits) - 1
        self.simulator.restart()
        self.simulator.run(rows)

    def stimulus(
        self, tick: np.ndarray, address: np.ndarray, bias: tuple[np.ndarray, ...] = ()
    ) -> np.ndarray:
        """Return a sample's rows: a clear, then a high and a low per event and strobe."""
        rows = self.simulator.stimulus(2 + 2 * tick.size)
        rows["clear"][0] = 1
        rows["tick"][1] = 1  # the fall of clear; an event on tick 1 replaces it
        rows["tick"][2::2], rows["tick"][3::2] = tick, tick + 1
        rows["in_strobe"][2::2] = 1
        rows["in_address"][2::2] = rows["in_address"][3::2] = address
        rows["scale"] = sum(on << k for k, on in enumerate(self.params.scales))
        if tick.size and tick[0] == 1:
            rows = np.delete(rows, 1)
        return with_bias(rows, bias)

    def trace(self, *events: Any) -> np.ndarray:
        """Run one sample's events; return the chip's trace records."""
        self.simulator.restart()
        return self.simulator.run(self.stimulus(*events))

    def step(self, *events: Any) -> int:
        """Run one sample's events and drop the records; return how many there were."""
        self.simulator.restart()
        return sum(part.size for part in self.simulator.slices(self.stimulus(*events)))

    def seen(self, *events: Any) -> Seen:
        """Run one sample's events; return all that could be seen of it."""
        rows, simulator = self.stimulus(*events), self.simulator
        simulator.restart()
        records = simulator.run(rows)
        outputs = {name: int(value) for name, value in simulator.outputs().items()}
        return Seen(len(events[0]), rows, records, simulator.pins, outputs, simulator.tick)

    def run_all(self, events: Iterable[Events]) -> Iterator[SampleResult]:
        """Run samples one after the other."""
        for sample in events:
            yield self.result(self.seen(*sample))

    def parts(self, records: np.ndarray) -> dict[str, np.ndarray]:
        """Split the chip's word into its parts."""
        return {name: layout.select(records, name) for name, layout in self.params.parts}

    def result(self, seen: Seen, parts: dict[str, np.ndarray] | None = None) -> SampleResult:
        """Count a sample's trace records, of which `parts` may be at hand, and read its answers."""
        parts, out = parts or self.parts(seen.records), seen.outputs
        counts: dict[str, dict[str, int]] = {"input": {}}
        layers = dict(zip(layer_names(self.params), self.params.layers, strict=True))
        for name, layer in layers.items():
            part = parts[name]
            counts[name] = {
                "grants": int(part["integrated"].sum()),
                "merged": ones(part["merged"]),
                "spikes": ones(part["fired"]),
            }
            if isinstance(layer, RecurrentLayerParams):
                source = part["source"][part["integrated"] == 1]
                counts[name]["operations"] = int(layer.weights.fan_out[source].sum())
        launched = served(parts["layer1"], 0, self.params.sizes[0])
        counts["input"] = {"spikes": launched, "dropped": seen.events - launched}
        if any(self.params.bias):
            counts["input"]["bias"] = sum(
                served(parts[name], layer.inputs - 1, layer.inputs)
                for (name, layer), bias in zip(layers.items(), self.params.biases, strict=True)
                if bias
            )
        part = parts["output"]
        risen = part[np.diff(part["strobe"], prepend=0) == 1]
        counts["output"] = {"spikes": risen.size, "merged": ones(part["merged"])}

        first, interval = out["answered"] & 1, out["answered"] >> 1
        answers = {
            "shortest_isi": out["shortest_class"] if interval else NO_ANSWER,
            "count": out["most_class"] if first else NO_ANSWER,
            "first_spike": out["first_class"] if first else NO_ANSWER,
        }
        output = zip(risen["tick"].tolist(), risen["address"].tolist(), strict=True)
        return SampleResult(answers, counts, out["shortest_interval"], seen.ticks, tuple(output))

    def close(self) -> None:
        """Free the simulator."""
        self.simulator.close()


class LockstepEngine:
    """Runs samples on both, compares every traced word and pin; what it reports is the circuit's.

    Attributes
    ----------
    compared : int
        Records compared so far, all equal.
    """

    def __init__(self, params: ChipParams, weights: list[np.ndarray]) -> None:
        self.params = params
        self.weights = weights
        self.model = ModelEngine(params, weights)
        self.rtl = RtlEngine(params, weights)
        self.rtl.simulator.watched = True
        self.bench = ChipBench("a network's", params)
        self.compared = 0
        self.address = 0  # on the output's lines; no clear changes it

    def run_all(self, events: Iterable[Events]) -> Iterator[SampleResult]:
        """Run samples; the circuit runs one ahead of the model and the comparison.

        Raises
        ------
        LockstepError
            At the first mismatch; the sample is run again under cocotb to keep the waves.
        """
        with ThreadPoolExecutor(1) as circuit:
            ahead: deque[tuple[Events, Future[Seen]]] = deque()
            for sample in events:
                ahead.append((sample, circuit.submit(self.rtl.seen, *sample)))
                if len(ahead) > 1:
                    yield self.compare(*ahead.popleft())
            while ahead:
                yield self.compare(*ahead.popleft())

    def compare(self, events: Events, circuit: Future[Seen]) -> SampleResult:
        """Hold one sample of the circuit against the golden model."""
        golden = self.model.chip.run(*events, traced=True)
        expected = self.model.chip.records(golden)
        seen = circuit.result()
        got = self.rtl.parts(seen.records)
        mismatch = compare(expected, got) or self.compare_pins(golden, expected["readout"], seen)
        if mismatch:
            waves = self.keep(mismatch, *events)
            raise LockstepError(f"mubrain/chip, {mismatch}; waves: {waves}")
        self.compared += sum(part.size for part in expected.values())
        result = self.rtl.result(seen, got)
        if result != self.model.result(golden):
            raise LockstepError("mubrain/chip, the read-outs differ though the traces are equal")
        return result

    def compare_pins(self, golden: ChipRun, readout: np.ndarray, seen: Seen) -> Mismatch | None:
        """Return the first pin that is not as the golden model says, from the clear on."""
        courses = self.bench.pins_of(seen.rows, [golden], readout)
        addresses = courses["out_address"][1]
        addresses[0], self.address = self.address, addresses[-1]
        expected, got = (since(p, 1) for p in (gather(seen.pins.dtype, courses), seen.pins))
        free = since(np.zeros(1, got.dtype), 1)
        return compare_pins((expected, free), got, seen.ticks)

    def keep(self, mismatch: Mismatch, *events: Any) -> Path:
        """Run the sample again under cocotb; return the VCD of the ticks around the mismatch."""
        bench = ChipBench("mnist", self.params)
        loading = bench.loading(self.weights)
        begin = int(loading["tick"][-1]) + REST
        rows = np.concatenate([loading, bench.sample(begin, *events)])
        return keep_waves(Run(bench, Chip, rows), replace(mismatch, tick=begin + mismatch.tick))

    def close(self) -> None:
        """Free the simulator."""
        self.rtl.close()


def run_seen(
    engine: str, params: ChipParams, weights: list[np.ndarray], events: Events
) -> tuple[SampleResult, np.ndarray]:
    """Run one sample on the circuit, or in lockstep; return its result and its trace records.

    Raises
    ------
    LockstepError
        If the circuit differs from its model.
    """
    runner = (RtlEngine if engine == "rtl" else LockstepEngine)(params, weights)
    try:
        if isinstance(runner, RtlEngine):
            seen = runner.seen(*events)
            return runner.result(seen), seen.records
        seen = runner.rtl.seen(*events)
        done: Future[Seen] = Future()
        done.set_result(seen)
        return runner.compare(events, done), seen.records
    finally:
        runner.close()


def served(records: np.ndarray, first: int, end: int) -> int:
    """Return the spikes on a layer's inputs ``first .. end - 1``: granted or merged."""
    source = records["source"][records["integrated"] == 1]
    granted = np.count_nonzero((source >= first) & (source < end))
    lines = np.arange(8 * records["merged"].shape[1])
    inputs = np.packbits((lines >= first) & (lines < end), bitorder="little")
    return int(granted) + ones(records["merged"] & inputs)


def ones(bitmaps: np.ndarray) -> int:
    """Return the number of bits set."""
    return int(np.bitwise_count(bitmaps).sum())
