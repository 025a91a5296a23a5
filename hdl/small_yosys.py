"""The small Yosys that comes with Amaranth, run inside this process.

As a program it takes 0.2 s to load; most circuits take a tenth of that. Where another Yosys stands
in for it (Amaranth's ``AMARANTH_USE_YOSYS``), that program is run.
"""

import atexit
from functools import cache
from importlib.resources import files
from typing import Any

from goldspike.hdl.amaranth_private import BuiltinYosys, YosysError, find_yosys
from goldspike.hdl.wasm import run_program

__all__ = ["run_small_yosys"]


def run_small_yosys(script: str) -> str:
    """Run a script; return what it printed.

    Raises
    ------
    YosysError
        If it fails, with what Yosys says.
    """
    yosys = find_yosys(lambda version: version >= (0, 40))
    if yosys is not BuiltinYosys:
        return yosys.run(["-q", "-"], script, ignore_warnings=True)
    return run_inside(script)


@cache
def compiled() -> tuple[Any, Any]:
    """Return the program, and the engine that runs it."""
    import wasmtime

    config = wasmtime.Config()
    config.cache = True  # compiled once per machine
    engine = wasmtime.Engine(config)
    program = (files(BuiltinYosys.YOSYS_PACKAGE) / "yosys.wasm").read_bytes()
    return engine, wasmtime.Module(engine, program)


atexit.register(compiled.cache_clear)  # before the modules that free them are gone


def run_inside(script: str) -> str:
    """Run a script on a fresh instance, which sees no file but its input and its outputs."""
    ended = run_program(*compiled(), ("yosys", "-q", "-"), text=script)
    if ended.code:
        raise YosysError(ended.complained.strip())
    return ended.printed
