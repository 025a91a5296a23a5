"""What takes Amaranth's converter longest, done in fewer steps.

The converter handles every bit of every signal as an object of its own and looks at each again and
again, which on a large circuit is most of what it takes. While it works for us, some of its
functions have stand-ins that return the same: the text does not change, and a combinational loop is
refused in the same words.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from itertools import chain
from threading import RLock
from types import ModuleType, SimpleNamespace
from typing import Any

__all__ = ["has_loop", "quick_converter"]

LOCK = RLock()


def quick_converter(rtlil: ModuleType, netlist: ModuleType) -> Any:
    """Return the functions of Amaranth's converter, of modules `rtlil` and `netlist`, made quick.

    In one thread at a time, and for as long as one of them works.
    """
    table = [
        (netlist.Value, "__new__", staticmethod(make_value)),
        (netlist.Net, "from_cell", classmethod(make_net)),
        (netlist.Netlist, "resolve_value", resolve_value),
        (netlist.Netlist, "check_comb_cycles", refuse_loops(netlist.Netlist.check_comb_cycles)),
        (rtlil.ModuleEmitter, "sigspec", write_value),
    ]

    def quick(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def with_stand_ins(*args: Any, **options: Any) -> Any:
            with LOCK, stand_ins(table):
                return function(*args, **options)

        return with_stand_ins

    return SimpleNamespace(
        convert=quick(rtlil.convert), convert_fragment=quick(rtlil.convert_fragment)
    )


@contextmanager
def stand_ins(table: Iterable[tuple[type, str, Any]]) -> Iterator[None]:
    """Put functions in place of a class's own for a while."""
    former = [(owner, name, owner.__dict__[name]) for owner, name, _ in table]
    for owner, name, stand_in in table:
        setattr(owner, name, stand_in)
    try:
        yield
    finally:
        for owner, name, function in former:
            setattr(owner, name, function)


def make_value(cls: type, nets: Any = ()) -> Any:
    """Return nets as a value, without a look at the type of each."""
    return tuple.__new__(cls, (nets,) if isinstance(nets, int) else nets)


def make_net(cls: type, cell: int, bit: int) -> Any:
    """Return an output of a cell; the number of its bit takes 16 bits."""
    assert 0 <= bit < 1 << 16 and (cell > 0 or bit >= 2)
    return int.__new__(cls, cell << 16 | bit)


def resolve_value(netlist: Any, value: Any) -> Any:
    """Return a value with nets in place of what was connected to nets later."""
    connections = netlist.connections
    nets = []
    for given in value:
        net = given
        while net < 0:
            net = connections[net]
        nets.append(net)
    return type(value)(nets)


def write_value(emitter: Any, *parts: Any) -> str:
    """Return nets as RTLIL writes them: bits of one wire that follow each other in one piece."""
    places = emitter.nets
    value: list[int] = []
    for part in parts:
        value += (part,) if isinstance(part, int) else part
    pieces = []
    begin, count = 0, len(value)
    while begin < count:
        end = begin + 1
        if 0 <= value[begin] < 2:
            while end < count and 0 <= value[end] < 2:
                end += 1
            bits = "".join("1" if bit else "0" for bit in reversed(value[begin:end]))
            pieces.append(f"{end - begin}'{bits}")
        else:
            wire, first = places[value[begin]]
            last = first
            while end < count and places.get(value[end]) == (wire, last + 1):  # constants have none
                end += 1
                last += 1
            pieces.append(f"{wire.name} [{first if last == first else f'{last}:{first}'}]")
        begin = end
    return pieces[0] if len(pieces) == 1 else f"{{ {' '.join(reversed(pieces))} }}"


def refuse_loops(check: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return a check of a netlist: where it has a loop, Amaranth's own `check` says which."""

    def refuse(netlist: Any) -> None:
        if has_loop(netlist):
            check(netlist)

    return refuse


def has_loop(netlist: Any) -> bool:
    """Return whether a net depends on itself in a netlist, registers apart.

    A cell is made after the nets that it reads, so that every loop leads over a net that was
    connected later: the search begins at those.
    """
    sources = Sources(netlist).of
    done, waiting = {0, 1}, set()
    for start in netlist.connections:
        if start in done:
            continue
        waiting.add(start)
        path: list[tuple[int, Iterable[int]]] = [(start, iter(sources(start)))]
        while path:
            for net in path[-1][1]:
                if net in done:
                    continue
                if net in waiting:
                    return True
                further = [source for source in sources(net) if source not in done]
                if not further:
                    done.add(net)
                    continue
                waiting.add(net)
                path.append((net, iter(further)))
                break
            else:
                net, _ = path.pop()
                waiting.remove(net)
                done.add(net)
    return False


class Sources:
    """What a net depends on directly, without the way round a register.

    Bits of a cell that all depend on the same stand for each other.
    """

    def __init__(self, netlist: Any) -> None:
        self.cells, self.connections = netlist.cells, netlist.connections
        self.assigned: dict[int, list[list[int]]] = {}

    def of(self, net: int) -> Iterable[int]:
        """Return the nets on which a net depends."""
        if net < 0:
            return (self.connections[net],)
        number, bit = net >> 16, net & 0xFFFF
        cell = self.cells[number]
        kind = type(cell).__name__
        if kind == "Operator":
            if len(cell.inputs) == 3 or cell.operator in BITWISE:
                return [value[bit if len(value) > 1 else 0] for value in cell.inputs]
            return (net - bit,) if bit else chain(*cell.inputs)
        if kind == "AssignmentList":
            if number not in self.assigned:
                self.assigned[number] = assigned(cell)
            return self.assigned[number][bit]
        if kind == "FlipFlop":
            return (cell.clk, cell.arst)
        if kind == "PriorityMatch":  # each bit depends on all inputs up to its own
            return (cell.inputs[bit], net - 1 if bit else cell.en)
        return [source for source, _ in cell.comb_edges_to(bit)]


BITWISE = ("~", "&", "|", "^")


def assigned(cell: Any) -> list[list[int]]:
    """Return what each bit of a list of assignments depends on."""
    bits = [[net] for net in cell.default]
    for assignment in cell.assignments:
        for bit, net in enumerate(assignment.value, assignment.start):
            bits[bit] += (assignment.cond, net)
    return bits
