"""Which circuits there are, and where their benches live: read off the folders."""

from importlib import import_module
from pathlib import Path

from cosim.bench import Bench
from model.errors import InputError

__all__ = ["circuits", "load_bench"]

HDL = Path(__file__).resolve().parent.parent / "hdl"


def circuits() -> list[str]:
    """Return all circuits as ``chip/stem``, timing primitives first."""
    found = [
        f"{path.parent.name}/{path.stem}"
        for path in HDL.glob("*/*.py")
        if path.stem != "__init__"
    ]
    return sorted(found, key=lambda name: (not name.startswith("timing/"), name))


def load_bench(circuit: str) -> type[Bench]:
    """Return the bench of a circuit.

    Raises
    ------
    InputError
        If there is no such circuit.
    """
    if circuit not in circuits():
        raise InputError(f"{circuit!r} is no circuit; known are {', '.join(circuits())}.")
    return import_module("cosim." + circuit.replace("/", ".")).BENCH
