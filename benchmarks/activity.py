"""What the whole always-on chip costs to build, and a frame with all its spikes and with 1 %.

Run with ``python -m benchmarks.activity``; writes ``build/bench/activity.json`` and fails if a
limit is not kept. The frames are the first digits that ship, on the published chip and at its
default operating point; 1 % of the spikes are those that chance leaves. CPU time, so that other
work on the machine counts little.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from goldspike.alwayson.chip import AlwaysOn
from goldspike.alwayson.circuit import CircuitEngine
from goldspike.cosim.simulator import cache
from goldspike.cosim.simulator.compile import compile_circuit
from goldspike.cosim.simulator.runtime import runtime_folder
from goldspike.cosim.simulator.tools import find_verilator
from goldspike.hdl.alwayson.chip import Chip
from goldspike.model.files import write_json
from goldspike.model.paths import BUILD, ROOT

FRAMES, KEPT = 3, 0.01
MOST_BUILD_SECONDS, MOST_RATIO = 60, 0.1


def cpu_seconds() -> float:
    """Return what this process and its children have used."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (-1, 0))


def run_seconds(engine: CircuitEngine, events: list[tuple[np.ndarray, ...]]) -> tuple[float, int]:
    """Return the CPU seconds and the ticks evaluated that some frames take."""
    ticks, before = engine.simulator.evaluated, time.process_time()
    for tick, address in events:
        engine.run_frame(tick, address, np.zeros(tick.size, np.int64))
    return time.process_time() - before, engine.simulator.evaluated - ticks


def main() -> int:
    chip = AlwaysOn()
    loaded = chip.load(ROOT / chip.default_net, chip.choose())
    images, rng = loaded.inputs(chip.data(None)), np.random.default_rng(1)
    all_events, few = [], []
    for k in range(FRAMES):
        tick, address, _ = loaded.encode(images[k : k + 1], k)
        kept = rng.random(tick.size) < KEPT
        all_events.append((tick, address))
        few.append((tick[kept], address[kept]))
    runtime = runtime_folder(find_verilator())
    with tempfile.TemporaryDirectory() as folder:
        cache.CACHE = Path(folder)  # from nothing but Verilator's own runtime
        (cache.CACHE / runtime.name).symlink_to(runtime)
        before = cpu_seconds()
        compile_circuit(Chip(loaded.params, trace=True, counted=True), fast=True, cocotb=False)
        build = cpu_seconds() - before
        print(f"the chip built in {build:.0f} CPU seconds (at most {MOST_BUILD_SECONDS})")
        engine = loaded.start("rtl")
        assert isinstance(engine, CircuitEngine)
        full, ticks = run_seconds(engine, all_events)
        low, few_ticks = run_seconds(engine, few)
        engine.close()
    ratio = low / full
    for share, seconds, count in ((1.0, full, ticks), (KEPT, low, few_ticks)):
        print(f"a frame with {share:4.0%} of the spikes: {seconds / FRAMES:.3f} s, ", end="")
        print(f"{count // FRAMES} ticks, {1e6 * seconds / count:.1f} us each")
    print(f"ratio {ratio:.3f} (at most {MOST_RATIO})")
    report = {
        "build_cpu_seconds": build, "full_seconds": full / FRAMES, "one_percent_seconds":
        low / FRAMES, "ratio": ratio, "full_ticks": ticks // FRAMES,
        "one_percent_ticks": few_ticks // FRAMES,
    }  # fmt: skip
    write_json(BUILD / "bench" / "activity.json", report)
    return int(build > MOST_BUILD_SECONDS or ratio > MOST_RATIO)


if __name__ == "__main__":
    sys.exit(main())
