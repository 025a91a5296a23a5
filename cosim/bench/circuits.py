"""Which circuits there are, and where their benches live: read off the folders."""

import ast
from importlib import import_module

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.parameters import changed, is_change
from goldspike.model.errors import InputError, unknown
from goldspike.model.limits import require_room
from goldspike.model.paths import ROOT

IN_MEMORY = 16
"""By how many times a run is larger than one row of stimulus per step."""

__all__ = ["check_steps", "chip_label", "choose_config", "circuits", "load_bench", "sentence_of"]


def circuits(realisation: str | None = None) -> list[str]:
    """Return all circuits, or those of one realisation; timing primitives first.

    A circuit is called ``chip/stem`` in ``tick``, and ``chip/cell/stem`` in ``cell``.
    """
    wing = ROOT / "hdl"
    found = [
        path.relative_to(wing).with_suffix("").as_posix()
        for pattern in ("*/*.py", "*/cell/*.py")
        for path in wing.glob(pattern)
        if path.stem != "__init__" and realisation in (None, realisation_of(path.parent.name))
    ]
    return sorted(found, key=lambda name: ("/cell/" in name, name[:7] != "timing/", name))


def realisation_of(folder: str) -> str:
    """Return the realisation of the circuits in a folder."""
    return "cell" if folder == "cell" else "tick"


def load_bench(circuit: str) -> type[Bench]:
    """Return the bench of a circuit.

    Raises
    ------
    InputError
        If there is no such circuit.
    """
    if circuit not in circuits():
        raise unknown("circuit", circuit, circuits())
    return import_module("goldspike.cosim." + circuit.replace("/", ".")).BENCH


def sentence_of(circuit: str) -> str:
    """Return the first line of the docstring of a circuit's class, which is read, not imported."""
    stem = circuit.rpartition("/")[2]
    name = stem.replace("_", "").lower()
    tree = ast.parse((ROOT / "hdl" / f"{circuit}.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name.lower() == name:
            return (ast.get_docstring(node) or "").partition("\n")[0]
    return ""


def chip_label(circuit: str) -> str:
    """Return what tables call the chip of a circuit: the ``LABEL`` of its folder in ``hdl/``."""
    chip = circuit.partition("/")[0]
    return getattr(import_module(f"goldspike.hdl.{chip}"), "LABEL", chip)


def check_steps(bench: type[Bench], steps: int | None) -> None:
    """Make sure that a run of `steps` makes sense.

    Raises
    ------
    InputError
        If it is too short, or its stimulus would take too much memory.
    """
    if steps is not None and steps < bench.least_steps:
        raise InputError(
            f"The number of steps of {bench.circuit} must be at least {bench.least_steps}, "
            f"not {steps}."
        )
    if steps is not None:
        size = bench(bench.published).blank(1).dtype.itemsize
        require_room(f"A run of {steps} steps of {bench.circuit}", steps * size * IN_MEMORY)


def choose_config(bench: type[Bench], name: str | None) -> str:
    """Return a configuration's name: `name`, or the published one.

    It may be the published one with changes (:mod:`goldspike.cosim.bench.parameters`).

    Raises
    ------
    InputError
        If the circuit has no such configuration, or cannot be built with it.
    """
    if name is None:
        return bench.published
    if is_change(name):
        params = changed(bench.configs[bench.published], name)
        try:
            bench.rtl(params)
        except (TypeError, ValueError) as error:
            raise InputError(f"{name!r}: {error}.") from None
        return name
    if name not in (*bench.configs, *bench.large):
        raise unknown(f"configuration of {bench.circuit}", name, (*bench.configs, *bench.large))
    return name
