"""Mutants of a circuit's source: one wrong operator, constant, signal or condition at a time.

A small pass over the syntax tree of ``hdl/CIRCUIT.py``. It leaves alone what describes no circuit:
annotations, names of ports, messages, and whatever only the trace port needs. In a self-timed
circuit, of which no mutant can be shown to equal it, that is also what makes noise while power is
off, which no chip has, and functions that are called for the trace alone.
"""

import ast
from collections.abc import Container, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from goldspike.model.paths import ROOT

__all__ = ["Source", "SourceMutant"]

BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitOr,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt,
    ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip

DOMAINS = {"sync": "comb", "comb": "sync"}

NO_CIRCUIT = ("trace_ports", "cell_trace_ports", "drive_trace", "drive_changes", "pack", "combine")
NO_CIRCUIT += ("name_ports", "super")
"""Calls whose arguments stay as they are."""

LABELS = ("name", "src_loc_at")
"""Arguments that are for people."""

OTHER = "other signal"

Place = tuple[ast.AST, str, int | None]
"""A node's parent, the field, and the index if the field is a list."""


@dataclass(frozen=True)
class SourceMutant:
    """One change of a source file.

    Attributes
    ----------
    file, line
        Where it is, from the project's folder on.
    kind : str
        What kind of fault it is.
    before, after : str
        The source of what changed.
    place, node
        What to put where in the file's syntax tree.
    """

    file: str
    line: int
    kind: str
    before: str
    after: str
    place: Place
    node: ast.AST

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.kind}: {self.before} -> {self.after}"


class Source:
    """A circuit's source file and its mutants."""

    def __init__(self, circuit: str) -> None:
        self.file = f"hdl/{circuit}.py"
        self.name = f"goldspike.hdl.{circuit.replace('/', '.')}"
        self.path = ROOT / self.file
        self.tree = ast.parse(self.path.read_text())
        self.names = Names(self.tree)
        self.simulated = set(only_simulated(self.tree)) if "/cell/" in circuit else set[ast.AST]()

    def mutants(self) -> list[SourceMutant]:
        """Return all mutants, from the first line to the last."""
        return [
            mutant
            for place, node in places(self.tree, self.simulated)
            for change in changes(node, self.names)
            if not (change.kind == OTHER and place[1] == "func")  # a call's own name
            if (mutant := self.mutant(place, node, change)).before != mutant.after
        ]

    def mutant(self, place: Place, node: ast.AST, change: "Change") -> SourceMutant:
        """Return a change of a node as a mutant."""
        about = change.about or node
        before, after = ast.unparse(about), change.shown or ast.unparse(change.node)
        line = getattr(about, "lineno", 0)
        return SourceMutant(self.file, line, change.kind, before, after, place, change.node)

    def load(self, mutant: SourceMutant | None, circuit: str) -> Any:
        """Return the class of that name from the file with one change, beside the real module."""
        if mutant is None:
            code = compile(self.tree, str(self.path), "exec")
        else:
            old = put(mutant.place, ast.fix_missing_locations(mutant.node))
            try:
                code = compile(self.tree, str(self.path), "exec")
            finally:
                put(mutant.place, old)
        module = ModuleType(self.name)
        module.__file__ = str(self.path)
        exec(code, module.__dict__)
        return getattr(module, circuit)


@dataclass(frozen=True)
class Change:
    """What may stand wrongly in a node's place.

    Attributes
    ----------
    kind : str
    node : ast.AST
    about : ast.AST, optional
        The part that changes.
    shown : str
        What it becomes; default: `node`.
    """

    kind: str
    node: ast.AST
    about: ast.AST | None = None
    shown: str = ""


class Names:
    """What may be taken for each other: attributes of one object, signals of one function."""

    def __init__(self, tree: ast.Module) -> None:
        found: dict[str, set[str]] = {}
        ports = {
            statement.target.id
            for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
            for statement in node.body
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        }  # fmt: skip
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(ast.Name(owner), attribute, ast.Load()):
                    found.setdefault(owner, set()).add(attribute)
        found["self"] = found.get("self", set()) & ports
        found.pop("m", None)
        self.attributes = {name: sorted(seen - {"trace"}) for name, seen in found.items()}
        self.signals = [
            node.targets[0].id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Call) and called(node.value) == "Signal"
        ]  # fmt: skip

    def other(self, node: ast.Attribute | ast.Name) -> ast.expr | None:
        """Return what stands for another signal in the place of this one."""
        if isinstance(node, ast.Name):
            name = after(self.signals, node.id)
            return name and ast.Name(name, ast.Load())
        if not isinstance(node.value, ast.Name):
            return None
        name = after(self.attributes.get(node.value.id, []), node.attr)
        return name and ast.Attribute(node.value, name, ast.Load())


def after(names: list[str], name: str) -> Any:
    """Return the name that follows in a circle; None if there is no other."""
    if name not in names or len(set(names)) < 2:
        return None
    rest = names[names.index(name) + 1 :] + names
    return next(other for other in rest if other != name)


def called(call: ast.Call) -> str:
    """Return the name of what is called, without what it belongs to."""
    return ast.unparse(call.func).rpartition(".")[2]


def put(place: Place, node: Any) -> Any:
    """Put a node into its place; return what was there."""
    parent, field, index = place
    if index is None:
        old = getattr(parent, field)
        setattr(parent, field, node)
    else:
        old = getattr(parent, field)[index]
        getattr(parent, field)[index] = node
    return old


def only_simulated(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield what makes noise while power is off, and functions that are called for a trace only."""
    for_trace: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "trace" in ast.unparse(node.test):
            for_trace.update(*map(ast.walk, node.body))
        if isinstance(node, ast.If) and "poison" in ast.unparse(node.test):
            yield node
        if isinstance(node, ast.Assign) and "poison" in ast.unparse(node.targets[0]):
            yield node
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    others = {called(call) for call in calls if call not in for_trace}
    ours = {called(call) for call in calls if call in for_trace} - others
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in ours:
            yield node


def places(node: ast.AST, apart: Container[ast.AST] = ()) -> Iterator[tuple[Place, ast.AST]]:
    """Yield all nodes that make up the circuit, each with its place, without some."""
    for field, value in ast.iter_fields(node):
        children = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if not isinstance(child, ast.AST) or child in apart or leaves_out(node, field, child):
                continue
            yield (node, field, index), child
            yield from places(child, apart)


def leaves_out(parent: ast.AST, field: str, node: ast.AST) -> bool:
    """Return whether a node describes no circuit."""
    if field in ("annotation", "returns", "decorator_list", "bases", "args") and not isinstance(
        parent, ast.Call
    ):
        return True
    if isinstance(node, ast.If) and "trace" in ast.unparse(node.test):
        return True
    if isinstance(node, ast.Call) and called(node) in NO_CIRCUIT:
        return True
    if isinstance(node, ast.Call) and "super()" in ast.unparse(node.func):
        return True
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith("__"):
        return True
    if isinstance(node, ast.ClassDef) and "Enum" in "".join(map(ast.unparse, node.bases)):
        return True
    if isinstance(node, ast.keyword) and node.arg in LABELS:
        return True
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Raise | ast.Assert | ast.JoinedStr)


def changes(node: ast.AST, names: Names) -> Iterator[Change]:
    """Yield what may stand wrongly in a node's place."""
    match node:
        case ast.BinOp(left, op, right) if type(op) in BINARY:
            yield Change("operator", ast.BinOp(left, BINARY[type(op)](), right))
            if isinstance(op, ast.BitAnd | ast.BitOr | ast.BitXor):
                yield Change("dropped signal", left)
                yield Change("dropped signal", right)
        case ast.UnaryOp(ast.Invert() | ast.Not() | ast.USub(), operand):
            yield Change("operator", operand)
        case ast.Compare(left, [op], right) if type(op) in COMPARISONS:
            yield Change("operator", ast.Compare(left, [COMPARISONS[type(op)]()], right))
        case ast.BoolOp(op, values):
            turned = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield Change("operator", ast.BoolOp(turned, values))
        case ast.Constant(bool() as value):
            yield Change("constant", ast.Constant(not value))
        case ast.Constant(int() as value):
            yield Change("off by one", ast.Constant(value + 1))
            if value > 0:
                yield Change("off by one", ast.Constant(value - 1))
        case ast.AugAssign(ast.Attribute(ast.Attribute(attr="d"))):
            yield from changed_assignments(node)
        case ast.Call():
            yield from changed_calls(node)
        case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
            other = names.other(node)
            if other is not None:
                yield Change(OTHER, other)


def changed_assignments(node: ast.AugAssign) -> Iterator[Change]:
    """Yield what may stand wrongly in the place of the assignments of a domain."""
    target, value = node.target, node.value
    if isinstance(target, ast.Attribute) and target.attr in DOMAINS:
        domain = DOMAINS[target.attr]
        wrong = ast.AugAssign(ast.Attribute(target.value, domain, ast.Store()), node.op, value)
        yield Change("wrong domain", wrong, target, f"m.d.{domain}")
    if not isinstance(value, ast.List):
        yield Change("dropped assignment", ast.Pass(), value, "nothing")
        return
    for k, element in enumerate(value.elts):
        rest = ast.List([*value.elts[:k], *value.elts[k + 1 :]], ast.Load())
        without = ast.AugAssign(target, node.op, rest)
        yield Change("dropped assignment", without, element, "nothing")


def changed_calls(call: ast.Call) -> Iterator[Change]:
    """Yield what may stand wrongly in the place of a call."""
    match call:
        case ast.Call(ast.Name("Mux"), [test, one, other]):
            yield Change("swapped signals", ast.Call(call.func, [test, other, one], []))
        case ast.Call(ast.Attribute(value, "any" | "all" as name), [], []):
            turned = ast.Attribute(value, {"any": "all", "all": "any"}[name], ast.Load())
            yield Change("operator", ast.Call(turned, [], []))
        case ast.Call(ast.Attribute(_, "If" | "Elif"), [_], []):
            yield Change("condition removed", ast.Call(call.func, [ast.Constant(1)], []))
        case ast.Call(ast.Name("Signal")):
            if "reset_less" not in {keyword.arg for keyword in call.keywords}:
                without = ast.keyword("reset_less", ast.Constant(True))
                yield Change("no reset", ast.Call(call.func, call.args, [*call.keywords, without]))
            match call.args:
                case [ast.Call(ast.Name("range"), [bound])]:
                    half = ast.BinOp(bound, ast.FloorDiv(), ast.Constant(2))
                    width: ast.expr = ast.Call(ast.Name("range", ast.Load()), [half], [])
                case [bits]:
                    width = ast.BinOp(bits, ast.Sub(), ast.Constant(1))
                case _:
                    return
            yield Change("width cut", ast.Call(call.func, [width], call.keywords))
