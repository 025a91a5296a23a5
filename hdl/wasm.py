"""Programs in WebAssembly, run inside this process, where they start in a fiftieth of the time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldspike.model.scratch import scratch

__all__ = ["Ended", "run_program"]


@dataclass(frozen=True)
class Ended:
    """How a program ended.

    Attributes
    ----------
    code : int
        0 if all went well.
    printed, complained : str
        What it wrote to its output and to its output for errors.
    """

    code: int
    printed: str
    complained: str


def run_program(
    engine: Any,
    program: Any,
    arguments: Sequence[str],
    *,
    text: str = "",
    folders: Mapping[str, Path] | None = None,
) -> Ended:
    """Run a program on a fresh instance, which sees its input and no folder but those given to it.

    Parameters
    ----------
    engine : wasmtime.Engine
    program : wasmtime.Module
    arguments : sequence of str
        Its name first.
    text : str
        Its input.
    folders : mapping of str to Path
        Where it sees them: under this name, beside ``/tmp``, which is its own.
    """
    import wasmtime

    with scratch("goldspike-wasm-") as folder:
        said, printed, complained = (Path(folder, name) for name in ("in", "out", "err"))
        said.write_text(text)
        system = wasmtime.WasiConfig()
        system.argv = arguments
        system.stdin_file, system.stdout_file = str(said), str(printed)
        system.stderr_file = str(complained)
        Path(folder, "tmp").mkdir()
        for name, place in {"/tmp": Path(folder, "tmp"), **(folders or {})}.items():
            system.preopen_dir(str(place), name)
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        store = wasmtime.Store(engine)
        store.set_wasi(system)
        start = linker.instantiate(store, program).exports(store)["_start"]
        code, why = 0, ""
        try:
            start(store)  # type: ignore[operator]
        except wasmtime.ExitTrap as end:
            code = end.code
        except wasmtime.Trap as trap:
            code, why = 1, str(trap)
        errors = complained.read_text(errors="replace") + why
        return Ended(code, printed.read_text(errors="replace"), errors)
