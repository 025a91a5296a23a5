"""A circuit as gates, registers and cells, and three-valued evaluation of its gates.

A net's value is a pair of integers, "may be 1" and "may be 0", with one bit per case: all cases are
evaluated at once. A net that changes may be both (Eichelberger 1965).

Where it is known how each source changes, a net has a wave: its value before and after, and whether
it may change more often than these two ask for. A pulse (up and down) is a static hazard; up, down
and up is a dynamic one. The branches of a net count as any time apart, so that nothing is missed
that gates and wires of any delay can do.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from amaranth.lib import wiring

from goldspike.hdl.verilog import module_name, to_rtlil
from goldspike.hdl.yosys import run_yosys
from goldspike.model.scratch import scratch

__all__ = ["Netlist", "netlist"]

Bit = int | str
Value = tuple[int, int]
Wave = tuple[int, int, int]
"""Before, after, and whether there may be more than one change; a bit per case."""

STEPS = ("proc", "flatten", "opt_expr", "opt_clean", "simplemap", "techmap", "opt_clean")
GATES = {"$_AND_": "AB", "$_OR_": "AB", "$_XOR_": "AB", "$_NOT_": "A", "$_MUX_": "ABS"}
FLOP = re.compile(r"\$_DFF_[NP]([NP][01])?_$")
WIRES = {"cell_switch": ("power", "supply"), "cell_buffer": ("a", "y")}
FEELS = {
    "cell_delay": ("a",),
    "cell_and": ("clock", "enable"),
    "cell_xor": ("a", "b"),
    "cell_gate": ("clock", "enable"),
    "cell_mutex": ("other", "request"),
    "cell_switch": ("power",),
    "cell_isolate": ("isolate",),
    "cell_retain": ("clock", "reset", "retain", "power"),
    "cell_ring": ("enable", "length"),
}
"""Pins at which a cell could take a glitch for a transition, or show it."""


class Netlist:
    """Gates by the net that they drive, and what is sensitive to which net."""

    def __init__(self, module: Mapping[str, Any]) -> None:
        self.gates: dict[Bit, tuple[str, tuple[Bit, ...]]] = {}
        self.flops: dict[Bit, tuple[tuple[Bit, bool], Bit]] = {}
        self.delays: dict[Bit, Bit] = {}
        self.cells: dict[Bit, tuple[str, tuple[Bit, ...]]] = {}
        self.uses: dict[Bit, list[str]] = {}
        self.ports = {
            name: (port["direction"], port["bits"]) for name, port in module["ports"].items()
        }
        self.names = names_of(module["netnames"])
        for name, cell in module["cells"].items():
            self.add(name, cell["type"], cell["connections"])
        for name, (direction, bits) in self.ports.items():
            if direction == "output":
                self.use(bits, f"pin {name}")

    def add(self, name: str, kind: str, pins: Mapping[str, list[Bit]]) -> None:
        """Add a cell."""
        if kind in GATES:
            self.gates[pins["Y"][0]] = kind, tuple(pins[pin][0] for pin in GATES[kind])
        elif FLOP.match(kind):
            self.flops[pins["Q"][0]] = (pins["C"][0], kind[6] == "P"), pins["D"][0]
            self.use(pins["C"], "a flip-flop's clock")
            self.use(pins.get("R", []), "a flip-flop's reset")
        elif kind == "cell_isolate":
            for a, y in zip(pins["a"], pins["y"], strict=True):
                self.gates[y] = "isolate", (a, pins["isolate"][0])
            self.use(pins["isolate"], f"{name}/isolate")
        elif kind in FEELS:
            for pin in FEELS[kind]:
                self.use(pins[pin], f"{name}/{pin}")
            self.add_cell(kind, pins)
        elif kind != "$scopeinfo":
            raise ValueError(f"a netlist of gates has no {kind}")

    def add_cell(self, kind: str, pins: Mapping[str, list[Bit]]) -> None:
        """Add what a cell of the ``cell`` realisation drives."""
        if kind in WIRES:
            a, y = (pins[pin] for pin in WIRES[kind])
            self.gates[y[0]] = "wire", (a[0],)
        elif kind == "cell_delay":
            self.delays |= dict(zip(pins["y"], pins["a"], strict=True))
        elif kind in ("cell_and", "cell_xor"):
            ins = [pins[pin] for pin in FEELS[kind]]
            for k, y in enumerate(pins["y"]):
                self.cells[y] = kind, tuple(bits[min(k, len(bits) - 1)] for bits in ins)

    def use(self, bits: Iterable[Bit], how: str) -> None:
        """Note that something is sensitive to nets."""
        for bit in bits:
            if isinstance(bit, int) and how not in self.uses.setdefault(bit, []):
                self.uses[bit].append(how)

    def name(self, bit: Bit) -> str:
        """Return the name of a net, or that of a pin that it leads to."""
        return self.names.get(bit) or next(iter(self.uses.get(bit, ["?"])))

    def cone(self, bit: Bit, gates: Mapping[Bit, Any]) -> tuple[list[Bit], list[Bit]]:
        """Return the gates before a net, inputs first, and the sources that these begin at."""
        order, sources, seen = list[Bit](), list[Bit](), set[Bit]()
        stack = [(bit, False)]
        while stack:
            at, done = stack.pop()
            if done:
                order.append(at)
            elif at not in seen:
                seen.add(at)
                if at in gates:
                    stack += [(at, True), *((source, False) for source in gates[at][1])]
                elif isinstance(at, int):
                    sources.append(at)
        return order, sources


def evaluate(
    order: Iterable[Bit], gates: Mapping[Bit, Any], values: dict[Bit, Value], cases: int
) -> None:
    """Evaluate gates, inputs first, in as many cases as `cases` has ones."""
    values |= {"0": (0, cases), "1": (cases, 0), "x": (0, cases)}
    for net in order:
        kind, ins = gates[net]
        a1, a0 = values[ins[0]]
        if kind == "$_NOT_":
            values[net] = a0, a1
            continue
        if kind == "wire":
            values[net] = a1, a0
            continue
        b1, b0 = values[ins[1]]
        if kind in ("$_AND_", "cell_and"):
            values[net] = a1 & b1, a0 | b0
        elif kind == "isolate":
            values[net] = a1 & b0, a0 | b1
        elif kind == "$_OR_":
            values[net] = a1 | b1, a0 & b0
        elif kind in ("$_XOR_", "cell_xor"):
            values[net] = a1 & b0 | a0 & b1, a1 & b1 | a0 & b0
        else:  # two ANDs and an OR: down for a moment where the select changes between two ones
            s1, s0 = values[ins[2]]
            values[net] = s0 & a1 | s1 & b1, s0 & a0 | s1 & b0 | s0 & s1


def follow(
    order: Iterable[Bit], gates: Mapping[Bit, Any], waves: dict[Bit, Wave], cases: int
) -> None:
    """Follow the waves of sources through gates, inputs first; each source changes once, or not."""
    waves |= {"0": (0, 0, 0), "1": (cases, cases, 0), "x": (0, 0, 0)}
    for net in order:
        kind, ins = gates[net]
        a, *others = (waves[entering] for entering in ins)
        if kind == "$_NOT_":
            waves[net] = inverted(a, cases)
        elif kind == "wire":
            waves[net] = a
        elif kind in ("$_AND_", "cell_and"):
            waves[net] = both(a, others[0], cases)
        elif kind == "isolate":
            waves[net] = both(a, inverted(others[0], cases), cases)
        elif kind == "$_OR_":
            waves[net] = either(a, others[0], cases)
        elif kind in ("$_XOR_", "cell_xor"):
            (before, after, more), (b0, b1, b_more) = a, others[0]
            moves = (before ^ after) & (b0 ^ b1)
            waves[net] = before ^ b0, after ^ b1, more | b_more | moves
        else:  # two ANDs and an OR
            b, select = others
            low = both(a, inverted(select, cases), cases)
            waves[net] = either(low, both(b, select, cases), cases)


def inverted(a: Wave, cases: int) -> Wave:
    """Return a wave behind an inverter."""
    return cases & ~a[0], cases & ~a[1], a[2]


def both(a: Wave, b: Wave, cases: int) -> Wave:
    """Return two waves behind an AND."""
    (a0, a1, a_more), (b0, b1, b_more) = a, b
    held = ~(a0 | a1 | a_more) | ~(b0 | b1 | b_more)  # by one that is low throughout
    meet = ~a0 & a1 & b0 & ~b1 | a0 & ~a1 & ~b0 & b1  # one rises and the other falls
    return a0 & b0, a1 & b1, cases & ~held & (a_more | b_more | meet)


def either(a: Wave, b: Wave, cases: int) -> Wave:
    """Return two waves behind an OR."""
    return inverted(both(inverted(a, cases), inverted(b, cases), cases), cases)


def names_of(nets: Mapping[str, Any]) -> dict[Bit, str]:
    """Return the name of each net: the one nearest to the top, then the shortest."""
    found: dict[Bit, str] = {}
    for name, net in sorted(nets.items(), key=lambda item: (item[0].count("."), len(item[0]))):
        if not net.get("hide_name"):
            for k, bit in enumerate(net["bits"]):
                found.setdefault(bit, name if len(net["bits"]) == 1 else f"{name}[{k}]")
    return found


def netlist(component: wiring.Component) -> Netlist:
    """Return a circuit as gates."""
    top = module_name(component)
    with scratch("goldspike-hazards-") as folder:
        (Path(folder) / "design.il").write_text(to_rtlil(component, top))
        script = ["read_rtlil design.il", f"hierarchy -top {top}", *STEPS, "write_json flat.json"]
        run_yosys("\n".join(script), Path(folder))
        text = (Path(folder) / "flat.json").read_text()
    return Netlist(json.loads(text)["modules"][top])
