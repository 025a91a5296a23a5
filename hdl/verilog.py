"""Verilog out of the circuits, with modules that a person can name.

A circuit's module is named after its file: ``hdl/mubrain/arbiter.py`` becomes ``mubrain_arbiter``.
A part that a circuit repeats (:func:`repeat`) is written once and instantiated many times; Amaranth
by itself writes one module per copy, which costs Verilator minutes on a large layer.
"""

import re
from collections.abc import Callable, Hashable
from functools import partial
from pathlib import Path
from typing import Any

from amaranth.hdl import (
    Cat,
    ClockSignal,
    Fragment,
    Instance,
    Module,
    ResetInserter,
    ResetSignal,
    Signal,
    Value,
)
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from goldspike.hdl.amaranth_private import PortDirection, rtlil
from goldspike.hdl.small_yosys import run_small_yosys

__all__ = [
    "KEEP_CASES",
    "Library",
    "module_name",
    "name_ports",
    "repeat",
    "rtlil_to_verilog",
    "signal_map",
    "to_rtlil",
    "to_verilog",
]

PACKAGE = "goldspike.hdl."


def module_name(component: object) -> str:
    """Return the Verilog module name of a component, after the file of its circuit."""
    for base in type(component).__mro__:
        if base.__module__.startswith(PACKAGE):
            return base.__module__.removeprefix(PACKAGE).replace(".", "_")
    raise TypeError(f"{component!r} is not a circuit from hdl/")


class Library:
    """Collects the modules that a circuit instantiates by name; stands in for a platform."""

    def __init__(self) -> None:
        self.modules: dict[tuple[Hashable, Hashable], tuple[str, wiring.Component]] = {}

    def module(
        self, circuit: Callable[..., wiring.Component], params: Hashable
    ) -> tuple[str, wiring.Component]:
        """Return name and component of the module of `circuit` with `params`; make it once."""
        made: Hashable = circuit
        if isinstance(circuit, partial):  # two of them are never equal
            made = (circuit.func, circuit.args, *circuit.keywords.items())
        key = (made, params)
        if key not in self.modules:
            component = circuit(params)
            base = module_name(component)
            variants = sum(name.startswith(base) for name, _ in self.modules.values())
            name = base if variants == 0 else f"{base}_{variants + 1}"
            self.modules[key] = (name, component)
        return self.modules[key]


def repeat(
    m: Module,
    platform: object,
    name: str,
    circuit: Callable[..., wiring.Component],
    params: Hashable,
    count: int,
    reset: Value | None = None,
) -> list[Any]:
    """Add `count` copies of ``circuit(params)`` to `m`; return their ports.

    For Verilog the copies are instances of one module; in Amaranth's simulator, submodules. With
    `reset` they are reset while it is up, too.
    """
    if not isinstance(platform, Library):
        copies = [circuit(params) for _ in range(count)]
        for k, copy in enumerate(copies):
            part = copy if reset is None else ResetInserter(reset)(copy)
            m.submodules[f"{name}_{k}"] = part  # type: ignore[arg-type]
        return copies
    resets = ResetSignal() if reset is None else ResetSignal() | reset
    module, component = platform.module(circuit, params)
    ports = []
    for k in range(count):
        port = component.signature.create(path=(f"{name}_{k}",))
        wires = {
            f"{'i' if member.flow is In else 'o'}_{key}": getattr(port, key)
            for key, member in component.signature.members.items()
        }
        m.submodules[f"{name}_{k}"] = Instance(module, i_clk=ClockSignal(), i_rst=resets, **wires)
        ports.append(port)
    return ports


def name_ports(m: Module, component: wiring.Component) -> None:
    """Keep the names of a component's ports where it is a submodule; the first thing it builds.

    A net is named after the signal that a module's statements mention first: without this, a port
    may be called after the port of a part that it leads to, or, where two parts have a port of
    one name, get a number. Adds no logic: what it drives has no name and is read by nothing.
    """
    ports = Cat(Value.cast(port) for _, _, port in component.signature.flatten(component))
    m.d.comb += Signal(len(ports), name="").eq(ports)


def to_rtlil(
    component: wiring.Component, name: str | None = None, *, emit_src: bool = False
) -> str:
    """Return the RTLIL of a circuit and of every module that it, or one of those, repeats.

    With `emit_src` it knows its source lines.
    """
    library = Library()
    pending = [(name or module_name(component), component)]
    texts = []
    while pending:
        known = len(library.modules)
        module, part = pending.pop(0)
        texts.append(rtlil.convert(part, name=module, platform=library, emit_src=emit_src))
        pending += list(library.modules.values())[known:]
    return "\n".join(texts)


def to_verilog(component: wiring.Component, name: str | None = None) -> str:
    """Return the Verilog of a circuit, repeated parts included, under `name`.

    The processes become registers with enable and reset, and expressions that are assigned once:
    less to read than a next-state process per register, and twice as fast to simulate.
    """
    return rtlil_to_verilog(to_rtlil(component, name))


def rtlil_to_verilog(text: str) -> str:
    """Return RTLIL as Verilog, as :func:`to_verilog` does."""
    script = f"read_rtlil <<rtlil\n{text}\nrtlil\n{SCRIPT}"
    return HEADER + tidy_names(run_small_yosys(script))


def signal_map(component: wiring.Component, verilog: str) -> dict[str, dict[str, str | int]]:
    """Return where the signals of `verilog` come from.

    Keys are hierarchical Verilog names below the top module. Values give the signal's name in
    Amaranth, its width in bits, and the source line that made it, from the project's folder on.
    Signals that were optimised away are left out; repeated parts appear as their ports.
    """
    name = module_name(component)
    ports = {
        "__".join(map(str, path)): (Value.cast(value), direction(member))
        for path, member, value in component.signature.flatten(component)
    }
    fragment = Fragment.get(component, Library())
    _, names = rtlil.convert_fragment(fragment, ports=ports, name=name, emit_src=False)
    written = set(re.findall(r"(?:wire|reg) (?:\[\d+:\d+\] )?(\S+)", verilog))
    found: dict[str, dict[str, str | int]] = {}
    for signal, path in names.items():
        if path[-1] in written or f"\\{path[-1]}" in written:
            file, line = signal.src_loc or ("", 0)
            parts = Path(file).parts
            start = max((k for k, part in enumerate(parts) if part in ("hdl", "model")), default=0)
            found[".".join(path[1:])] = {
                "signal": signal.name,
                "width": len(signal),
                "source": f"{'/'.join(parts[start:])}:{line}",
            }
    return dict(sorted(found.items()))


def direction(member: wiring.Member) -> PortDirection:
    """Return a member's direction as the converter wants it."""
    return PortDirection.Input if member.flow is In else PortDirection.Output


KEEP_CASES = {"keep_cases": 1}
"""Attribute of a signal that is chosen among very many: its module keeps its choices as ``case``.
Elsewhere a choice becomes one expression, which a simulator evaluates on every tick and which, for
hundreds of wide words, is longer than Verilator reads."""

SCRIPT = """
proc -nomux -norom a:keep_cases %m
proc a:keep_cases %m %n
opt
memory_collect
write_verilog -norename -noattr
"""

HEADER = "/* Generated from goldspike's circuits; do not edit. */\n\n"


def tidy_names(text: str) -> str:
    """Drop the tool's header, the dots of hierarchical modules and the tool's own file names."""
    text = re.sub(r"\A/\* Generated by .*?\*/\n+", "", text)
    text = re.sub(r"\\\$auto\$[^ $]*?:(\w+)\$(\d+) ", r"\\$\1$\2 ", text)
    # Icarus takes a function whose escaped name begins with $ for one of the system's
    for name in re.findall(r"^ *function (?:\[\d+:0\] )?\\\$(\S+) ;", text, re.MULTILINE):
        text = text.replace(f"\\${name} ", f"{name} ")
    names = re.findall(r"^module \\([\w.]+) ", text, re.MULTILINE)
    for dotted in sorted(names, key=len, reverse=True):
        text = text.replace(f"\\{dotted} ", dotted.replace(".", "_") + " ")
    return text
