"""Find Verilator, and turn Verilog into compiled simulators, once.

A simulator is built from Verilog, Verilator's options and a C++ face for arrays. It is a shared
library, which arrays drive (:mod:`goldspike.cosim.simulator.batch`); the executable that cocotb
drives is linked from the same object when it is first asked for. Everything is cached under
``build/`` by a hash of sources, options and tool versions, so unchanged Verilog never compiles
twice. Verilator's own runtime and cocotb's main program are compiled once for all simulators, its
headers once for all that have the same options. No ``make`` is involved: the compiler is called
directly, which also sidesteps the unconfigured ``verilated.mk`` of the PyPI wheel.
"""

import hashlib
import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from goldspike.cosim.simulator import cache
from goldspike.cosim.simulator.cache import (
    add_file,
    is_whole,
    publish,
    scratch_folder,
    seal_of,
    used,
)
from goldspike.cosim.simulator.main_program import MODEL
from goldspike.cosim.simulator.runtime import (
    HEADER,
    OFTEN,
    SELDOM,
    compile_options,
    headers_folder,
    includes,
    main_name,
    objects,
    runtime_folder,
)
from goldspike.cosim.simulator.tools import (
    compiler,
    find_verilator,
    is_clang,
    run,
    run_all,
    versions,
)

__all__ = ["Simulator", "build", "link_executable"]

ONE_UNIT_BYTES = 2_000_000
"""C++ that is compiled in one piece: reading the headers once is most of the work."""
TRIGGERS = re.compile(
    r"void Vtop___024root___eval_triggers_vec__act\(.*?// Body\n(.*?)\n}\n", re.DOTALL
)
LOGIC = re.compile(r"^void Vtop\w*___(?:ico|nba)_\w+\(.*?\n}\n", re.DOTALL | re.MULTILINE)
ONLY_CLOCK = re.compile(
    r"vlSelfRef\.__VactTriggered\[0U\] = \(QData\)\(\(IData\)\( "
    r"\(\(IData\)\(vlSelfRef\.(\w+)\) "
    r"& \(~ \(IData\)\(vlSelfRef\.(__Vtrigprevexpr_\w+)\)\)\)\)\); "
    r"vlSelfRef\.\2 = vlSelfRef\.\1;"
)
WARNINGS_OFF = ["-Wno-fatal", "-Wno-WIDTH", "-Wno-CASEINCOMPLETE", "-Wno-UNOPTFLAT"]
"""What is built need not be clean: in mutants and netlists wires form loops, and widths differ.
Circuits as they are written are held to ``hdl/waivers.vlt`` by lint, in the tests."""
COVERAGE = ["--coverage-user", "--coverage-toggle", "--coverage-max-width", "4096"]
CHOICES_STAY = [
    "-fno-dfg-peephole-replace-cond-with-else-branch-zero",
    "-fno-dfg-peephole-replace-cond-with-then-branch-zero",
]
"""A choice between a value and zero becomes no mask, for which the value is always worked out."""
APART = ["-fno-dfg-scoped", "-fno-table"]
"""What goes on in one instance of a module is not merged with what is around it."""
ONCE = "once.cpp"
"""All code that runs once, or does no more than call. It is not optimised: that takes the compiler
minutes where a design has very many instances, which are lines of very few functions."""
CALLS = ("Vtop.cpp", "Vtop__Dpi.cpp", "model.cpp")
VARIABLE = re.compile(r"^    __Vscopep_\w+->varInsert\(.*\);\n", re.MULTILINE)
"""Declares a variable to VPI: thousands of lines, if many instances have visible ports."""
BETWEEN = "-O1"
"""For what is no more than wires between very many instances."""
NEARBY = "--param=sccvn-max-alias-queries-per-access=20"
"""How far back GCC looks for what an access reads: a long function of wires has thousands."""


@dataclass(frozen=True)
class Simulator:
    """A compiled simulator.

    Attributes
    ----------
    folder : Path
        Its place in the cache.
    top : str
        Name of the Verilog module, of the executable, and of ``lib<top>.so``.
    waves : bool
        Compiled with VCD tracing.
    """

    folder: Path
    top: str
    waves: bool = False

    @property
    def library(self) -> Path:
        """The shared library that arrays drive."""
        return self.folder / f"lib{self.top}.so"


def build(
    design: str,
    verilog: Callable[[], str],
    top: str,
    driven: list[str],
    read: list[str],
    harness: str,
    *,
    waves: bool = False,
    cells: str = "",
    coverage: bool = False,
    fast: bool = False,
    shared: Mapping[str, Sequence[str]] | None = None,
) -> Simulator:
    """Return the compiled simulator of a design, from the cache if it is there.

    Parameters
    ----------
    design : str
        Whatever determines the design, for the cache's key.
    verilog : callable
        Returns its Verilog; called only if it has to be compiled.
    top : str
        Its top module.
    driven, read : list of str
        The ports that cocotb drives, and those that it reads; nothing else is made visible, as
        every visible port is copied on every tick. What may be driven is recomputed before every
        edge, so outputs are not among it. Without any, only arrays drive it.
    harness : str
        C++ source of the shared library's interface.
    waves : bool
        Compile with VCD tracing.
    cells : str
        Verilog of the cells of a self-timed circuit; with them, delays are simulated.
    coverage : bool
        Count cover statements and changes of every bit.
    fast : bool
        For long runs: takes half as long again to compile, and runs half as fast again.
    shared : mapping of str to sequence of str, optional
        Modules with very many instances, and the ports that differ between these. Their code is the
        same for all instances as long as nothing of what is around one gets into it.
    """
    tool = find_verilator()
    access = {port: "rw" for port in driven} | {port: "rd" for port in read}
    lines = (f'public_flat_{kind} -module "{top}" -var "{port}"' for port, kind in access.items())
    lines = [*lines, *ports_stay(shared or {})]
    visible = "\n".join(["`verilator_config", *lines])
    options = ["--cc", *(["--vpi"] if access else []), "--prefix", "Vtop", "--top-module", top]
    options += WARNINGS_OFF
    options += ["--timescale", "1ns/1ps", "--output-split", "20000"]
    # yosys marks its choices parallel; checking that costs time
    options += ["--no-assert-case" if coverage else "--no-assert"]
    options += CHOICES_STAY
    options += APART if shared else []
    options += ["--trace-vcd"] if waves else []
    options += ["--timing", "--no-sched-zero-delay"] if cells else []
    options += COVERAGE if coverage else []
    sources = ["design.v", *(["cells.v"] if cells else [])]
    level = OFTEN if fast else SELDOM
    timed = bool(cells)
    parts = [design, visible, harness, MODEL, *options, *compile_options(timed=timed), level]
    parts += [str(tool), versions(), *atomics()]
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]
    done = Simulator(cache.CACHE / f"{top}-{key}", top, waves)
    if is_whole(done.folder):
        used(done.folder)
        return done

    runtime = runtime_folder(tool)
    with scratch_folder() as work:
        (work / "design.v").write_text(verilog())
        (work / "cells.v").write_text(cells)
        (work / "visible.vlt").write_text(visible + "\n")
        (work / "harness.cpp").write_text(harness)
        run([*tool.program, *options, "-Mdir", "cpp", *sources, "visible.vlt"], work, top)
        (work / "out").mkdir()
        headers = headers_folder(tool, timed=timed, waves=waves, level=level) / HEADER
        flags = [*compile_options(timed=timed), level, *includes(tool, waves)]
        flags += ["-include", str(headers), "-Icpp", "-I."]
        if not access:
            forget_variables(work / "cpp")
        compile_all(work, top, flags, bool(shared))
        link_library(work, top, runtime)
        for kept in ("design.v", "design.o"):
            shutil.copy(work / kept, work / "out")
        publish(work / "out", done.folder)
    return done


def ports_stay(shared: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the lines that keep some modules' ports apart from what they are connected to."""
    return [
        f'public_flat_rd -module "{module}" -var "{port}"'
        for module, ports in shared.items()
        for port in ports
    ]


def forget_variables(cpp: Path) -> None:
    """Remove from verilated sources what declares variables to VPI, which nobody asks."""
    for unit in cpp.glob("Vtop__Syms__ctor*.cpp"):
        unit.write_text(VARIABLE.sub("", unit.read_text()))


def compile_all(work: Path, top: str, flags: list[str], shared: bool) -> None:
    """Compile the verilated sources and the face for arrays into one object."""
    units = sorted(path.relative_to(work) for path in (work / "cpp").glob("*.cpp"))
    texts = [(work / unit).read_text() for unit in units]
    flags = [*flags, *direct("".join(texts))]
    (work / "model.cpp").write_text(MODEL)
    units += [Path("harness.cpp"), Path("model.cpp")]
    if sum(map(len, texts)) < ONE_UNIT_BYTES:
        units = [join(work, "all.cpp", units)]
    elif once := [unit for unit in units if unit.stem.endswith("__Slow") or unit.name in CALLS]:
        units = [join(work, ONCE, once), *(unit for unit in units if unit not in once)]
    commands = [
        [*compiler(), *flags, *level_of(unit, shared), "-c", str(unit), "-o", f"{unit.name}.o"]
        for unit in units
    ]
    run_all(commands, work, top)
    run([*compiler(), "-r", "-o", "design.o", *(command[-1] for command in commands)], work, top)


def direct(cpp: str) -> list[str]:
    """Return the options by which the face for arrays calls the parts of an evaluation itself.

    Only where the rise of ``clk`` is all that a circuit waits for, as far as its verilated sources
    say so in words that are known: the inputs settle when they have changed, and nothing happens
    when the clock falls.
    """
    triggers = TRIGGERS.search(cpp)
    alone = triggers and ONLY_CLOCK.fullmatch(" ".join(triggers[1].split()))
    if not alone or "___eval_act(" in cpp or "___eval_nba(" not in cpp:
        return []
    logic = re.sub(r"__DOT__clk\s+= vlSelfRef\.clk;", "", "".join(LOGIC.findall(cpp)))
    if re.search(rf"vlSelfRef\.{alone[1]}\b", logic):
        return []
    return ["-DONE_CLOCK", *(["-DINPUTS_SETTLE"] if "___eval_ico(" in cpp else [])]


def level_of(unit: Path, shared: bool) -> list[str]:
    """Return the option for code that runs once, or that is no more than wires between instances.

    Compiled headers fit any level but -O0.
    """
    if unit.name == ONCE:
        return ["-O0"]
    wires = shared and "root" in unit.stem
    return [BETWEEN, *([] if is_clang() else [NEARBY])] if wires else []


def join(work: Path, name: str, units: Sequence[Path]) -> Path:
    """Return one source that includes others."""
    (work / name).write_text("".join(f'#include "{unit}"\n' for unit in units))
    return Path(name)


def link_library(work: Path, top: str, runtime: Path) -> None:
    """Link the shared library for arrays, of which only the face is seen: many in one process."""
    (work / "exports").write_text("{ global: goldspike_*; local: *; };\n")
    seen = ["-Wl,--version-script=exports", "-Wl,--no-undefined"]
    if sys.platform == "darwin":
        seen = ["-Wl,-exported_symbol,_goldspike_*", "-undefined", "dynamic_lookup"]
    shared = ["-shared", *seen, "-pthread", "-o", f"out/lib{top}.so"]
    run([*compiler(), *shared, "design.o", *objects(runtime), *atomics()], work, top)


def link_executable(simulator: Simulator) -> Path:
    """Return the program that cocotb drives, linked when it is first asked for."""
    folder, top = simulator.folder, simulator.top
    program = folder / top
    if is_whole(folder, by=seal_of(top)):
        return program
    runtime, libs = runtime_folder(find_verilator()), cocotb_libs()
    vpi = ["-Xlinker", "-rpath", "-Xlinker", str(libs), f"-L{libs}", "-lcocotbvpi_verilator"]
    parts = [str(runtime / main_name(simulator.waves)), str(folder / "design.o"), *objects(runtime)]
    with scratch_folder() as work:
        run([*compiler(), "-o", top, *parts, *vpi, *atomics(), "-pthread"], work, top)
        add_file(work / top, folder)
    return program


def atomics() -> list[str]:
    """Return the linker's option for what clang does not bring by itself on Linux."""
    return ["-latomic"] if is_clang() and sys.platform == "linux" else []


def cocotb_libs() -> Path:
    """Return the folder of cocotb's shared libraries."""
    from cocotb_tools import config

    return Path(config.libs_dir)
