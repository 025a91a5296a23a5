"""How fast the whole chip runs: golden model, circuit, and both in lockstep, side by side.

Everything is measured in one process and one run, in turns, on the same samples; ratios are medians
over the turns. Time is the processor's, of the busiest thread, so that other work on the machine
counts little: in lockstep the circuit has a thread of its own. ``python benchmarks/lockstep.py``
prints a table and writes it to ``build/bench/``.
"""

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.mubrain.chip import Chip
from goldspike.model.files import write_json
from goldspike.model.mubrain.chip import MUBRAIN_MNIST
from goldspike.model.mubrain.weight_memory import Storage
from goldspike.model.paths import BUILD
from goldspike.mubrain.circuit import LockstepEngine, RtlEngine, Seen
from goldspike.mubrain.engine import ModelEngine
from goldspike.workloads.dataset import digits, prepare
from goldspike.workloads.mubrain.encoding import EncodingParams, encode
from goldspike.workloads.network import load_network, pad_network

SAMPLES, TURNS = 20, 5
PARAMS = replace(MUBRAIN_MNIST, storage=Storage.MEMORY)


class Bare(RtlEngine):
    """The circuit without its trace port: nothing to record."""

    def __init__(self, weights: list[np.ndarray]) -> None:
        self.params = PARAMS
        self.simulator = BatchSimulator(Chip(PARAMS), fast=True)
        for layer, matrix in enumerate(weights):
            self.load(layer, matrix)


class Watched(LockstepEngine):
    """The lockstep whose circuit's thread is timed.

    Attributes
    ----------
    circuit_seconds : float
        Processor time of the circuit's thread in the last run.
    """

    circuit_seconds = 0.0

    def __init__(self, weights: list[np.ndarray]) -> None:
        super().__init__(PARAMS, weights)
        self.seen, self.rtl.seen = self.rtl.seen, self.watch  # type: ignore[method-assign]

    def watch(self, *events: Any) -> Seen:
        """Run a sample on the circuit."""
        begin = time.thread_time()
        seen = self.seen(*events)
        self.circuit_seconds += time.thread_time() - begin
        return seen


def main() -> int:
    weights = list(pad_network(load_network("nets/digits.npz"), PARAMS.sizes).weights)
    images = prepare(digits("test").x[:SAMPLES])
    events = [encode(image, EncodingParams(), k) for k, image in enumerate(images)]
    model, rtl = ModelEngine(PARAMS, weights), RtlEngine(PARAMS, weights)
    lockstep, bare = Watched(weights), Bare(weights)
    runs: dict[str, Callable[[], object]] = {
        "golden model": lambda: [model.run(*event) for event in events],
        "golden model, traced": lambda: [model.chip.run(*e, traced=True) for e in events],
        "circuit without trace port": lambda: [bare.step(*event) for event in events],
        "circuit stepping, records dropped": lambda: [rtl.step(*event) for event in events],
        "circuit, every record counted": lambda: list(rtl.run_all(events)),
        "lockstep: circuit, model, comparison": lambda: list(lockstep.run_all(events)),
    }
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(TURNS + 1):
        for name, run in runs.items():
            lockstep.circuit_seconds = 0
            begin = time.thread_time()
            run()
            seconds = max(time.thread_time() - begin, lockstep.circuit_seconds)
            if turn:  # the first turn warms up
                rates[name].append(SAMPLES / seconds)

    grants = sum(
        layer.arbiter.tick.size for event in events for layer in model.chip.run(*event).layers
    )
    before = rtl.simulator.evaluated
    for event in events:
        rtl.trace(*event)
    evaluated = (rtl.simulator.evaluated - before) / SAMPLES
    base = "circuit stepping, records dropped"
    report = {"samples": SAMPLES, "evaluated_ticks_per_sample": evaluated, "runs": {}}
    print(f"{'':<38} images/s  grants/s  Mticks/s  of stepping")
    for name, values in rates.items():
        rate = statistics.median(values)
        ratio = statistics.median(a / b for a, b in zip(values, rates[base], strict=True))
        report["runs"][name] = {"images_per_s": rate, "ratio": ratio}
        print(
            f"{name:<38} {rate:8.1f} {rate * grants / SAMPLES:9.0f} "
            f"{rate * evaluated / 1e6:9.2f} {ratio:11.2f}"
        )
    write_json(BUILD / "bench" / "lockstep.json", report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
