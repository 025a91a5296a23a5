"""What 128 gated neurons cost to build, and what a simulated second costs at 1 % and 100 % input.

Run with ``python -m benchmarks.activity``; writes ``build/bench/activity.json`` and fails if a
limit is not kept. CPU time, so that other work on the machine counts little. 100 % is a spike per
neuron every 4 ms, the shortest idle time of the paper's benchmarks (Chundi 2021, "Neuron Block"),
the neurons independent of each other. The threshold is never reached: nobody is here to
acknowledge.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from goldspike.cosim.alwayson.neuron_block import BENCH
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.simulator import cache
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.cosim.simulator.build import runtime_folder
from goldspike.cosim.simulator.compile import compile_circuit
from goldspike.cosim.simulator.tools import find_verilator
from goldspike.hdl.alwayson.neuron_block import NeuronBlock
from goldspike.model.alwayson.neuron_block import NeuronBlockParams, Settings
from goldspike.model.files import write_json
from goldspike.model.paths import BUILD

TICKS_PER_SECOND = 140_000
GAP_TICKS = 560
SECONDS = 4
PARAMS = NeuronBlockParams(settings=Settings(threshold=255))
MOST_BUILD_SECONDS, MOST_RATIO = 40, 0.1


def cpu_seconds() -> float:
    """Return what this process and its children have used."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (-1, 0))


def build_seconds() -> float:
    """Return the CPU time of a build from nothing but Verilator's own runtime."""
    with tempfile.TemporaryDirectory() as folder:
        runtime_folder(find_verilator())
        runtime = cache.CACHE
        cache.CACHE = Path(folder)
        for kept in runtime.glob("runtime-*"):
            (Path(folder) / kept.name).symlink_to(kept)
        before = cpu_seconds()
        compile_circuit(NeuronBlock(PARAMS), fast=True)
        used = cpu_seconds() - before
        cache.CACHE = runtime
    return used


def run_seconds(rate: float) -> tuple[float, int]:
    """Return the CPU time per simulated second at a rate, and the ticks evaluated."""
    bench, rng = BENCH("hidden-128"), np.random.default_rng(1)
    count, n = SECONDS * TICKS_PER_SECOND, PARAMS.neurons
    rising = rng.random((count, n)) < rate / GAP_TICKS
    rising[1:] &= ~rising[:-1]
    plus = rng.random((count, n)) < 0.5
    rows = rows_from_levels(bench, {"plus": rising & plus, "minus": rising & ~plus})
    with BatchSimulator(NeuronBlock(PARAMS), fast=True) as simulator:
        before = time.process_time()
        simulator.run(rows, count)
        return (time.process_time() - before) / SECONDS, simulator.evaluated


def main() -> int:
    build = build_seconds()
    print(f"128 gated neurons built in {build:.0f} CPU seconds (at most {MOST_BUILD_SECONDS})")
    full, ticks = run_seconds(1.0)
    low, few = run_seconds(0.01)
    ratio = low / full
    print(f"a simulated second at 100 %: {full:.2f} s, {ticks / SECONDS:.0f} ticks evaluated")
    print(f"                  at   1 %: {low:.3f} s, {few / SECONDS:.0f} ticks evaluated")
    print(f"ratio {ratio:.3f} (at most {MOST_RATIO})")
    report = {
        "build_cpu_seconds": build, "full_seconds": full, "one_percent_seconds": low,
        "ratio": ratio, "full_ticks": ticks // SECONDS, "one_percent_ticks": few // SECONDS,
    }  # fmt: skip
    write_json(BUILD / "bench" / "activity.json", report)
    return int(build > MOST_BUILD_SECONDS or ratio > MOST_RATIO)


if __name__ == "__main__":
    sys.exit(main())
