"""Coverage points in a circuit: put in where Amaranth still knows which source line says what.

The Verilog that goes to the simulator has no statements left, only expressions. So every body of an
``If`` or a ``Case`` gets a cover statement before the circuit becomes Verilog, and every FSM
(:mod:`goldspike.signoff.coverage.fsm`) one per state and per transition. Verilator counts them, on
every edge of the clock; bits that change it counts by itself.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from amaranth import hdl
from amaranth.hdl import Cat, Instance, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.enum import EnumView

from goldspike.hdl.amaranth_private import ast, count_as_used, rtlil, variants
from goldspike.hdl.verilog import Library, direction, module_name
from goldspike.model.paths import ROOT
from goldspike.signoff.coverage.fsm import Fragment, fsms, transitions

__all__ = ["MARK", "ONE", "Point", "Points"]

MARK = "coverage_point_"
ONE = "coverage_one"
"""A module whose output is up: Yosys does not see through it, so what it drives keeps its name."""


@dataclass(frozen=True)
class Point:
    """What one cover statement counts.

    Attributes
    ----------
    kind : str
        ``lines``, ``states`` or ``transitions``.
    what : tuple of str
        The source lines, the state of an FSM, or the transition.
    """

    kind: str
    what: tuple[str, ...]


@dataclass
class Points:
    """The coverage points of a circuit.

    A circuit's own are the lines of its file, its ports, the signals made in its file, and its
    FSMs; not what only its trace port needs, and not what belongs to circuits that it is made of.

    Attributes
    ----------
    circuit : str
    points : list of Point
        By the number that the Verilog names.
    wires : dict of str to dict
        What the circuit's own signals are called, by module and name in Verilog.
    """

    circuit: str
    points: list[Point] = field(default_factory=list)
    wires: dict[str, dict[str, str]] = field(default_factory=dict)
    untraced: set[tuple[str, str]] = field(default_factory=set)

    def rtlil(self, component: wiring.Component, untraced: wiring.Component) -> str:
        """Return a circuit with its coverage points, as RTLIL; `untraced` has no trace port."""
        for name, part, fragment in elaborated(untraced):
            self.untraced |= set(lines(fragment))
            for info in prepare(name, part, fragment).fragments.values():
                self.untraced |= {identity(signal) for signal in info.signal_names}
        texts = []
        for name, part, fragment in elaborated(component):
            self.instrument(fragment)
            design = prepare(name, part, fragment)
            ports = component.signature.flatten(component) if part is component else ()
            self.note_wires(design, ast.SignalSet(Value.cast(port) for _, _, port in ports))
            texts.append(rtlil.convert_fragment(design, name=name, emit_src=False)[0])
        return "\n".join(texts)

    def is_own(self, source: tuple[str, str]) -> bool:
        """Return whether a line, or a signal made in it, belongs to the circuit."""
        mine = source[1].startswith(f"hdl/{self.circuit}.py:")
        return mine and source in self.untraced

    def note_wires(self, design: Any, ports: Container[Signal]) -> None:
        """Keep what the circuit's own signals are called; each in one module only."""
        seen = ast.SignalSet()
        for fragment, info in design.fragments.items():
            module = "_".join(info.name).replace(".", "_")
            for signal, name in info.signal_names.items():
                source = identity(signal)
                mine = self.is_own(source) or (signal in ports and source in self.untraced)
                if mine and signal not in seen and name[0] != "$":
                    seen.add(signal)
                    self.wires.setdefault(module, {})[name] = f"{made_by(fragment)}.{name}"

    def instrument(self, fragment: Fragment) -> None:
        """Add coverage points to a fragment and its parts."""
        for part, _, _ in fragment.subfragments:
            self.instrument(part)
        ones: list[Signal] = []
        clocked = "/cell/" not in self.circuit
        watched = fsms(fragment)
        for domain, statements in list(fragment.statements.items()):
            counted = "sync" if clocked else domain
            fragment.add_statements(counted, *self.bodies(statements, ones))
        for signal, domain in watched:
            if self.is_own(identity(signal)):
                fragment.add_statements(domain, *self.watch(fragment, signal, domain, ones))
        for one in ones:
            fragment.add_subfragment(
                hdl.Fragment.get(Instance(ONE, o_one=one), None), f"{one.name}_one"
            )

    def bodies(self, statements: Any, ones: list[Signal]) -> Iterator[Any]:
        """Yield the coverage points of a list of statements, nested as they are."""
        here = [place(stmt) for stmt in statements if isinstance(stmt, ast.Assign)]
        yield from self.point(ones, "lines", *here)
        for statement in statements:
            if isinstance(statement, ast.Switch):
                cases = [
                    (
                        patterns,
                        [*self.point(ones, "lines", shown(at)), *self.bodies(body, ones)],
                        at,
                    )
                    for patterns, body, at in statement.cases
                ]
                yield ast.Switch(statement.test, cases, src_loc=statement.src_loc)

    def watch(
        self, fragment: Fragment, signal: Signal, domain: str, ones: list[Signal]
    ) -> Iterator[Any]:
        """Yield the points of the states and transitions of an FSM."""
        name, names = f"{made_by(fragment)}.{signal.name}", variants(signal)
        last = Signal(len(signal), init=signal.init, name="")
        yield last.eq(signal)
        states = {value: f"{name} {state}" for value, state in names.items()}
        arcs = {
            before | after << len(signal): f"{name} {names[before]} -> {names[after]}"
            for before, after in transitions(fragment, signal, domain)
        }
        for test, kind, cases in (
            (signal, "states", states),
            (Cat(last, signal), "transitions", arcs),
        ):
            yield ast.Switch(
                test, [(k, [*self.point(ones, kind, what)], None) for k, what in cases.items()]
            )

    def point(self, ones: list[Signal], kind: str, *what: str) -> Iterator[Any]:
        """Yield the cover statement of a new point; none for lines that are not the circuit's."""
        if kind == "lines":
            what = tuple(sorted({line for line in what if self.is_own(("", line))}))
        if what:
            ones.append(Signal(name=f"{MARK}{len(self.points)}"))
            statement = ast.Cover(ones[-1])
            count_as_used(statement)
            self.points.append(Point(kind, what))
            yield statement


def elaborated(component: wiring.Component) -> Iterator[tuple[str, wiring.Component, Fragment]]:
    """Yield a circuit and every module that it, or one of those, repeats."""
    library, pending = Library(), [(module_name(component), component)]
    while pending:
        known = len(library.modules)
        name, part = pending.pop(0)
        with patch.object(EnumView, "eq", assign):
            fragment = hdl.Fragment.get(part, library)
        yield name, part, fragment
        pending += list(library.modules.values())[known:]


def assign(self: EnumView, other: Any) -> Any:
    """Assign to a register of an Enum; Amaranth's own takes the line of its library for the one."""
    return self.as_value().eq(other, src_loc_at=1)  # type: ignore[call-arg]


def prepare(name: str, part: wiring.Component, fragment: Fragment) -> Any:
    """Give names to everything in a module."""
    ports = {
        "__".join(map(str, path)): (Value.cast(value), direction(member))
        for path, member, value in part.signature.flatten(part)
    }
    return fragment.prepare(ports=ports, hierarchy=(name,))


def lines(fragment: Fragment) -> Iterator[tuple[str, str]]:
    """Yield the source lines of the statements of a fragment and its parts."""

    def within(statements: Any) -> Iterator[tuple[str, str]]:
        for statement in statements:
            yield "", place(statement)
            for _, body, at in statement.cases if isinstance(statement, ast.Switch) else ():
                yield "", shown(at)
                yield from within(body)

    for statements in fragment.statements.values():
        yield from within(statements)
    for part, _, _ in fragment.subfragments:
        yield from lines(part)


def made_by(fragment: Fragment) -> str:
    """Return the name of the class of a circuit that a fragment is made from."""
    kinds = [type(origin) for origin in fragment.origins or ()]
    return next(
        (kind.__name__ for kind in kinds if kind.__module__.startswith("goldspike.hdl.")), ""
    )


def identity(signal: Signal) -> tuple[str, str]:
    """Return what tells a signal of the source from others: its name, and where it is made."""
    return signal.name, place(signal)


def place(thing: Any) -> str:
    """Return where a signal or a statement was made."""
    return shown(thing.src_loc)


def shown(source: tuple[str, int] | None) -> str:
    """Return a source line, from the project's folder on."""
    file, line = source or ("", 0)
    return f"{from_root(file)}:{line}"


@cache
def from_root(file: str) -> Path:
    """Return a file, links resolved, as seen from the project's folder."""
    path = Path(file).resolve() if file else Path()
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
