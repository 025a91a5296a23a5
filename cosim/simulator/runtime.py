"""What compiled simulators share: Verilator's runtime and headers, and cocotb's main program.

Each is compiled once, by whoever comes first, and kept in the cache of simulators.
"""

import functools
import hashlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from goldspike.cosim.simulator import cache
from goldspike.cosim.simulator.cache import is_whole, publish, scratch_folder, used
from goldspike.cosim.simulator.lock import locked
from goldspike.cosim.simulator.main_program import CIRCUIT, main_source
from goldspike.cosim.simulator.tools import (
    Tool,
    compiler,
    find_verilator,
    has_cocotb,
    is_clang,
    run,
    run_all,
    versions,
)
from goldspike.cosim.simulator.watch import WATCH

__all__ = [
    "HEADER",
    "OFTEN",
    "SELDOM",
    "compile_options",
    "headers_folder",
    "includes",
    "main_name",
    "objects",
    "runtime_folder",
    "watch_library",
]

RUNTIME = ["verilated", "verilated_vpi", "verilated_threads", "verilated_timing"]
RUNTIME += ["verilated_dpi", "verilated_vcd_c", "verilated_cov"]
HEADERS = "".join(
    f"#include <{name}>\n"
    for name in ("verilated.h", "verilated_vpi.h", "verilated_syms.h", "memory", "string")
)
HEADER = "headers.h"
WATCH_LIBRARY = "libwatch.so"
COMPILE = ["-fPIC", "-w"]
OFTEN, SELDOM = "-O2", "-Og"
"""For code that runs for long, and for code that is compiled for one short run."""


@functools.cache
def runtime_folder(tool: Tool) -> Path:
    """Return the folder of Verilator's runtime and cocotb's main program."""
    parts = [str(tool), *compile_options(timed=True), *RUNTIME, CIRCUIT, WATCH, versions()]
    return made_once("runtime", parts, lambda folder: compile_runtime(tool, folder))


@functools.cache
def headers_folder(
    tool: Tool, *, timed: bool = False, waves: bool = False, level: str = SELDOM
) -> Path:
    """Return the folder of Verilator's headers, compiled with the options of a simulator."""
    flags = [*compile_options(timed=timed), level, *includes(tool, waves)]
    parts = [str(tool), *flags, HEADERS, versions()]
    return made_once("headers", parts, lambda folder: compile_headers(flags, folder))


def made_once(name: str, parts: Sequence[str], make: Callable[[Path], None]) -> Path:
    """Return a folder of the cache that depends on `parts`; whoever comes first makes it."""
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]
    folder = cache.CACHE / f"{name}-{key}"
    if not is_whole(folder):
        with locked(cache.LOCKS / f"{folder.name}.lock"):
            if not is_whole(folder):
                make(folder)
    used(folder)
    return folder


def compile_runtime(tool: Tool, folder: Path) -> None:
    """Compile what all simulators share."""
    with scratch_folder() as work:
        out, include = work / "out", tool.root / "include"
        out.mkdir()
        (work / "Vtop.h").write_text(CIRCUIT)  # what the main program takes for a circuit
        commands = []
        base = [*compiler(), *compile_options(timed=True), OFTEN]
        for name in RUNTIME:
            unit = ["-c", str(include / f"{name}.cpp"), "-o", f"out/{name}.o"]
            commands.append([*base, *includes(tool, waves=False), *unit])
        if has_cocotb():
            for waves in (False, True):
                unit = ["-I.", "-c", str(main_source()), "-o", f"out/{main_name(waves)}"]
                commands.append([*base, *includes(tool, waves), *unit])
            (work / "watch.cpp").write_text(WATCH)
            loose = ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
            unit = ["-shared", *loose, "watch.cpp", "-o", f"out/{WATCH_LIBRARY}"]
            commands.append([*base, *includes(tool, waves=False), *unit])
        run_all(commands, work, folder.name)
        publish(out, folder)


def compile_headers(flags: Sequence[str], folder: Path) -> None:
    """Compile Verilator's headers."""
    with scratch_folder() as work:
        header = work / "out" / HEADER
        header.parent.mkdir()
        header.write_text(HEADERS)
        if not is_clang():  # it wants a compiled header to stay where it was made
            compiled = ["-x", "c++-header", str(header), "-o", f"{header}.gch"]
            run([*compiler(), *flags, *compiled], work, folder.name)
        publish(header.parent, folder)


def watch_library() -> Path:
    """Return the library that notes changes of pins under cocotb."""
    return runtime_folder(find_verilator()) / WATCH_LIBRARY


def main_name(waves: bool) -> str:
    """Return the name of the compiled main program."""
    return f"main{'_waves' if waves else ''}.o"


def compile_options(*, timed: bool) -> list[str]:
    """Return the compiler's options.

    Delays are coroutines, which clang has without asking. Everything else is a sixth faster to
    compile by the standard before, whose headers are smaller.
    """
    if not timed:
        return ["-std=c++17", *COMPILE]
    return ["-std=c++20", *COMPILE, *([] if is_clang() else ["-fcoroutines"])]


def includes(tool: Tool, waves: bool) -> list[str]:
    """Return the compiler's options for Verilator's headers."""
    include = tool.root / "include"
    flags = [f"-I{include}", f"-I{include / 'vltstd'}", f"-DVM_TRACE={int(waves)}"]
    flags += ["-DVM_COVERAGE=0", "-DVM_SC=0", "-DVM_TRACE_FST=0", "-DVM_TRACE_SAIF=0"]
    return [*flags, f"-DVM_TRACE_VCD={int(waves)}"]


def objects(runtime: Path) -> list[str]:
    """Return the compiled parts of Verilator's runtime."""
    return [str(runtime / f"{name}.o") for name in RUNTIME]
