"""Trying what can end the interpreter: libraries in C and Rust that damaged files bring down."""

import subprocess

from goldspike.model.isolation import python_command
from goldspike.model.processes import run_child

__all__ = ["failure_in_child"]

_PATIENCE = 300
"""Seconds after which a file counts as damaged."""


def failure_in_child(code: str, *arguments: str) -> str | None:
    """Run Python code in a process of its own, which imports nothing from the current folder.

    Parameters
    ----------
    code : str
        Finds `arguments` in ``sys.argv[1:]``.
    *arguments : str

    Returns
    -------
    str or None
        None if it ended well, else the error's last line, or how the process ended.
    """
    command = python_command(code, *arguments)
    try:
        done = run_child(command, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        return f"reading it took over {_PATIENCE} s"
    if done.returncode == 0:
        return None
    lines = [line for line in done.stderr.splitlines() if line and not line.startswith(" ")]
    if done.returncode > 0 and lines:
        return lines[-1].rstrip(".")
    return f"reading it ended with code {done.returncode}"
