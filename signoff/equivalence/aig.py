"""Circuits as graphs of AND gates, in which equal parts are one part.

A literal is twice a node's number, plus one if it is inverted; node 0 is false. What is computed
over a netlist is written once, for any algebra with an AND and an inversion (:class:`Algebra`):
literals of a graph, or simulated runs side by side in the bits of an integer.
"""

import json
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

__all__ = ["FALSE", "TO_GATES", "TRUE", "Algebra", "Graph", "Latch", "Netlist"]

FALSE, TRUE = 0, 1

TO_GATES = """
memory_map
opt_clean
techmap
simplemap
dffunmap
simplemap
aigmap
setundef -zero
opt_clean
write_json {name}.json
"""
"""What Yosys does to a flat design; a bit without a value, as behind a memory's end, is zero."""


@dataclass(frozen=True)
class Algebra:
    """What values there are: `both` is the AND of two, and XOR with `flip` inverts."""

    both: Callable[[int, int], int]
    flip: int

    @classmethod
    def of_runs(cls, count: int) -> "Algebra":
        """Return the algebra of integers whose bits are runs side by side."""
        return cls(operator.and_, (1 << count) - 1)

    def constant(self, value: int) -> int:
        """Return true or false."""
        return self.flip if value else 0

    def either(self, a: int, b: int) -> int:
        """Return a OR b."""
        return self.both(a ^ self.flip, b ^ self.flip) ^ self.flip

    def equal(self, a: int, b: int) -> int:
        """Return whether two values are equal."""
        flip = self.flip
        return self.both(self.both(a, b ^ flip) ^ flip, self.both(a ^ flip, b) ^ flip)

    def all(self, values: Iterable[int]) -> int:
        """Return the AND of all values."""
        return reduce(self.both, values, self.flip)

    def at_most(self, bits: Sequence[int], bound: int) -> int:
        """Return whether an unsigned number, its lowest bit first, is at most `bound`."""
        found = self.flip
        for place, bit in enumerate(bits):
            inverse = bit ^ self.flip
            found = self.either(inverse, found) if bound >> place & 1 else self.both(inverse, found)
        return found


class Graph:
    """AND gates and variables; a gate that is there already is not made again."""

    def __init__(self) -> None:
        self.gates: list[tuple[int, int] | None] = [None]
        self.known: dict[tuple[int, int], int] = {}
        self.algebra = Algebra(self.both, 1)

    def variable(self) -> int:
        """Return a new variable."""
        self.gates.append(None)
        return 2 * len(self.gates) - 2

    def both(self, a: int, b: int) -> int:
        """Return a AND b."""
        if a > b:
            a, b = b, a
        if a == FALSE or a == b ^ 1:
            return FALSE
        if a in (TRUE, b):
            return b
        literal = self.known.get((a, b))
        if literal is None:
            self.gates.append((a, b))
            literal = self.known[a, b] = 2 * len(self.gates) - 2
        return literal

    def cone(self, literals: Iterable[int]) -> list[int]:
        """Return the nodes on which literals depend, themselves included, in order."""
        found: set[int] = set()
        waits = [literal >> 1 for literal in literals]
        while waits:
            node = waits.pop()
            if node in found:
                continue
            found.add(node)
            gate = self.gates[node]
            if gate:
                waits += [gate[0] >> 1, gate[1] >> 1]
        return sorted(found)

    def question(self, conditions: Sequence[int]) -> str:
        """Return in SMT-LIB whether all conditions can be true together."""
        lines = ["(set-option :produce-models true)", "(set-logic QF_UFBV)"]
        for node in self.cone(conditions):
            gate = self.gates[node]
            if gate:
                a, b = map(term, gate)
                lines.append(f"(define-fun n{node} () Bool (and {a} {b}))")
            elif node:
                lines.append(f"(declare-fun n{node} () Bool)")
        lines += [f"(assert {term(condition)})" for condition in conditions]
        return "\n".join([*lines, "(check-sat)"])


def term(literal: int) -> str:
    """Return a literal in SMT-LIB."""
    if literal < 2:
        return ("false", "true")[literal]
    return f"(not n{literal >> 1})" if literal & 1 else f"n{literal >> 1}"


@dataclass(frozen=True)
class Latch:
    """A flip-flop; `q`, `d` and `clock` are nets, `init` is None if nothing is said about it."""

    q: int
    d: int
    clock: int
    init: int | None


class Netlist:
    """A module of inverters, AND gates and flip-flops, as :data:`TO_GATES` leaves it.

    Attributes
    ----------
    inputs, outputs, words : dict of str to list of int
        Nets of the ports, and of everything with a name; nets 0 and 1 are the constants.
    gates : list of (int, tuple of int)
        Output and one or two inputs, in an order in which they can be computed.
    latches : list of Latch
    """

    def __init__(self, path: Path, top: str) -> None:
        module = json.loads(path.read_text())["modules"][top]
        self.nets = {"0": 0, "1": 1}
        self.inputs: dict[str, list[int]] = {}
        self.outputs: dict[str, list[int]] = {}
        self.words = {}
        init = {}
        for name, port in module["ports"].items():
            kind = self.inputs if port["direction"] == "input" else self.outputs
            kind[name] = self.numbered(port["bits"])
        for name, wire in module["netnames"].items():
            nets = self.numbered(wire["bits"])
            if not wire["hide_name"]:
                self.words[name] = nets
            values = wire["attributes"].get("init", "")
            init |= {n: int(v) for n, v in zip(nets, reversed(values), strict=False) if v in "01"}
        gates: dict[int, tuple[int, ...]] = {}
        self.latches = []
        for cell in module["cells"].values():
            pins = {pin: self.numbered(bits)[0] for pin, bits in cell["connections"].items()}
            if cell["type"] == "$_NOT_":
                gates[pins["Y"]] = (pins["A"],)
            elif cell["type"] == "$_AND_":
                gates[pins["Y"]] = (pins["A"], pins["B"])
            elif cell["type"] == "$_DFF_P_":
                self.latches.append(Latch(pins["Q"], pins["D"], pins["C"], init.get(pins["Q"])))
            elif cell["type"] != "$scopeinfo":
                raise ValueError(f"{path}: a cell of type {cell['type']}")
        self.gates = in_order(gates)

    def numbered(self, bits: Sequence[int | str]) -> list[int]:
        """Return nets as numbers of our own, behind those of the constants."""
        return [self.nets.setdefault(str(bit), len(self.nets)) for bit in bits]

    def evaluate(self, algebra: Algebra, known: dict[int, int]) -> list[int]:
        """Return the value of every net from those of the inputs and flip-flops."""
        values = [0] * len(self.nets)
        values[1] = flip = algebra.flip
        for net, value in known.items():
            values[net] = value
        for net, inputs in self.gates:
            if len(inputs) == 1:
                values[net] = values[inputs[0]] ^ flip
            else:
                values[net] = algebra.both(values[inputs[0]], values[inputs[1]])
        return values


def in_order(gates: dict[int, tuple[int, ...]]) -> list[tuple[int, tuple[int, ...]]]:
    """Return gates such that each comes behind those of its inputs.

    Raises
    ------
    ValueError
        If there is a loop.
    """
    order: list[tuple[int, tuple[int, ...]]] = []
    done: dict[int, bool] = {}
    waits = list(gates)
    while waits:
        net = waits[-1]
        if net not in gates or done.get(net):
            waits.pop()
        elif net in done:
            done[net] = True
            order.append((net, gates[net]))
            waits.pop()
        else:
            done[net] = False
            below = [n for n in gates[net] if n in gates and not done.get(n)]
            if any(n in done for n in below):
                raise ValueError("a loop of gates")
            waits += below
    return order
