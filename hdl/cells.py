"""What the circuits of the ``cell`` realisation are made of, beside gates.

Flip-flops that are clocked by any line, and the cells of ``hdl/timing/cells.v``.

Amaranth takes a flip-flop's clock and asynchronous reset for combinational inputs of its output, so
every self-timed loop passes through one of the cells, which it cannot look into.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from amaranth.hdl import ClockDomain, Instance, Module, Signal, Value

__all__ = [
    "CELLS",
    "cells_of",
    "clock_and",
    "clock_xor",
    "clocked",
    "delay_cells",
    "delayed",
    "local_clocks",
    "needed_cells",
    "walk",
]

CELLS = Path(__file__).resolve().parent / "timing" / "cells.v"


def clocked(m: Module, name: str, clock: Value, reset: Value | None = None) -> str:
    """Add a domain of flip-flops on the rising edge of `clock`; return its name.

    They hold their initial value while `reset` is up, whatever the clock does; without it they
    keep it until they are written.
    """
    domain: Any = ClockDomain(
        name, async_reset=reset is not None, reset_less=reset is None, local=True
    )
    m.domains += domain
    m.d.comb += domain.clk.eq(clock)
    if reset is not None:
        m.d.comb += domain.rst.eq(reset)
    return name


def delayed(m: Module, name: str, line: Value, ps: int) -> Signal:
    """Return `line`, `ps` picoseconds later, out of a delay cell called ``name_delay``."""
    output = Signal(len(line), name=name)
    m.submodules[f"{name}_delay"] = Instance(
        "cell_delay", p_WIDTH=len(line), p_PS=ps, i_a=line, o_y=output
    )
    return output


def clock_and(m: Module, name: str, clock: Value, enable: Value) -> Signal:
    """Return one clock per line of `enable`, which holds still while `clock` is up."""
    output = Signal(len(enable), name=name)
    m.submodules[f"{name}_and"] = Instance(
        "cell_and", p_WIDTH=len(enable), i_clock=clock, i_enable=enable, o_y=output
    )
    return output


def clock_xor(m: Module, name: str, a: Value, b: Value) -> Signal:
    """Return a line that is up from a transition of `a` to one of `b`."""
    output = Signal(name=name)
    m.submodules[f"{name}_xor"] = Instance("cell_xor", i_a=a, i_b=b, o_y=output)
    return output


def needed_cells(verilog: str) -> dict[str, str]:
    """Return what an ASIC flow has to supply for some Verilog: text by name of the cell."""
    found = re.findall(
        r"/\*((?:(?!\*/).)*?)ASIC: ((?:(?!\*/).)*?)\*/\s*module (\w+)", CELLS.read_text(), re.DOTALL
    )
    return {
        name: " ".join(text.split())
        for _, text, name in found
        if re.search(rf"^ +{name} ", verilog, re.MULTILINE)
    }


def modules(verilog: str) -> dict[str, str]:
    """Return the text of each module by name."""
    return dict(
        re.findall(r"^module (\w+) ?\(.*?;\n(.*?)^endmodule", verilog, re.MULTILINE | re.DOTALL)
    )


def instances(body: str) -> list[tuple[str, str, str]]:
    """Return the instances in a module: module, parameters as text, name."""
    found = re.findall(
        r"^  ([a-z]\w*)(?: #\((.*?)\n  \))? +(\w+) \($", body, re.MULTILINE | re.DOTALL
    )
    return [(module, parameters, name) for module, parameters, name in found]


def walk(verilog: str, top: str, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every module below `top`, with the path of its instance ("" or ends on a dot)."""
    parts = modules(verilog)
    yield path, top
    for module, _, name in instances(parts[top]):
        if module in parts:
            yield from walk(verilog, module, f"{path}{name}.")


def delay_cells(verilog: str, top: str) -> dict[str, int]:
    """Return the delay in picoseconds of every delay cell, by its path below `top`."""
    parts = modules(verilog)
    found = {}
    for path, module in walk(verilog, top):
        for cell, parameters, name in instances(parts[module]):
            if cell == "cell_delay" and (ps := re.search(r"\.PS\(32'd(\d+)\)", parameters)):
                found[path + name] = int(ps[1])
    return found


def cells_of(verilog: str, top: str, *kinds: str) -> list[str]:
    """Return the path below `top` of every cell of some kinds, such as ``cell_and``."""
    parts = modules(verilog)
    return [
        path + name
        for path, module in walk(verilog, top)
        for cell, _, name in instances(parts[module])
        if cell in kinds
    ]


def local_clocks(verilog: str, top: str) -> list[str]:
    """Return every net that clocks a flip-flop, by its path below `top`."""
    parts = modules(verilog)
    found = {}
    for path, module in walk(verilog, top):
        for net in re.findall(r"@\(posedge (\S+?)[,)]", parts[module]):
            found[path + net] = None
    return list(found)
