"""Every order of arrivals: what a self-timed circuit's clocks do in every state it can reach.

Inputs rise at any moment, also while a transition out of a delay cell runs through the gates; then
either sees the other or not. Between two transitions out of delay cells the gates settle: that is
what the SDC asks for. A net that something is sensitive to must change once, or not move.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from goldspike.signoff.hazards.netlist import Bit, Netlist, Value, Wave, evaluate, follow

__all__ = ["explore"]

ROUNDS = 6
"""Flip-flops that clock each other in a row, at most."""

State = tuple[int, ...]
When = tuple[int, bool] | None
"""With which round of changes an input rises, and whether what is clocked then sees it."""


@dataclass(frozen=True)
class Case:
    """A state, the delay cell out of which a transition comes, if any, and the arrivals."""

    state: State
    delay: Bit | None
    arrivals: tuple[When, ...]


def explore(net: Netlist, lines: str) -> tuple[int, set[str]]:
    """Explore what can happen after reset while the other inputs are low.

    The circuit consists of gates, of registers that start low, and of delay cells, ANDs and XORs
    of clocks. The lines of one of its inputs clock registers.

    Returns
    -------
    tuple of int and set of str
        How many states can be reached, and the nets that can move and come back.
    """
    orders = Orders(net, net.ports[lines][1])
    found = set[str]()
    edge = {tuple(0 for _ in orders.held)}
    known = set(edge)
    while edge:
        edge = orders.after(list(orders.cases(edge)), found) - known
        known |= edge
    return len(known), found


class Orders:
    """A circuit's gates in order, and its steps from state to state; all cases at once."""

    def __init__(self, net: Netlist, lines: list[Bit]) -> None:
        self.net, self.lines = net, lines
        self.gates = net.gates | net.cells
        self.held = [*net.flops, *net.delays]
        self.watched = [
            bit
            for bit, uses in net.uses.items()
            if any("flip-flop" in use or use.endswith("_delay/a") for use in uses)
        ]
        ends = [*self.watched, *net.delays.values(), *(d for _, d in net.flops.values())]
        self.order, sources = dict[Bit, None](), set[Bit]()
        for end in ends:
            order, begins = net.cone(end, self.gates)
            self.order |= dict.fromkeys(order)
            sources |= set(begins)
        self.inputs = sources - set(self.held)

    def settled(self, values: dict[Bit, Value], full: int) -> dict[Bit, Value]:
        """Return the values of all nets, of those of registers, delay cells and inputs."""
        nets = {net: (0, full) for net in self.inputs} | values
        evaluate(self.order, self.gates, nets, full)
        return nets

    def cases(self, states: set[State]) -> Iterator[Case]:
        """Yield what can happen next in some states."""
        held = self.held
        values = {net: pack([state[k] for state in states]) for k, net in enumerate(held)}
        nets = self.settled(paired(values, (1 << len(states)) - 1), (1 << len(states)) - 1)
        alone: list[When] = [None, (0, True)]
        among: list[When] = [None, *product(range(3), (False, True))]
        for k, state in enumerate(states):
            for y, a in self.net.delays.items():
                if (nets[y][0] ^ nets[a][0]) >> k & 1:
                    for arrivals in product(among, repeat=len(self.lines)):
                        yield Case(state, y, arrivals)
            for arrivals in product(alone, repeat=len(self.lines)):
                yield Case(state, None, arrivals)

    def after(self, cases: list[Case], glitches: set[str]) -> set[State]:
        """Return the states that follow; add the names of what glitches meanwhile."""
        full = (1 << len(cases)) - 1
        values = {net: pack([c.state[k] for c in cases]) for k, net in enumerate(self.held)}
        changes = {y: pack([c.delay == y for c in cases]) for y in self.net.delays}
        for step in range(ROUNDS):
            before = self.settled(paired(values, full), full)
            changed = paired({n: v ^ changes.get(n, 0) for n, v in values.items()}, full)
            early = self.arrived(cases, (step, True), before)
            late = self.arrived(cases, (step, False), self.settled(changed, full))
            arrives = {net: early[net] | late[net] for net in early}
            later = {
                net: value ^ changes.get(net, 0) ^ arrives.get(net, 0)
                for net, value in values.items()
            }
            # one that is clocked and hears an input meanwhile may change twice
            waves: dict[Bit, Wave] = {
                net: (value, later[net], changes.get(net, 0) & arrives.get(net, 0))
                for net, value in values.items()
            }
            waves |= dict.fromkeys(self.inputs, (0, 0, 0))
            follow(self.order, self.gates, waves, full)
            then = self.settled(paired(later, full), full)
            glitches |= {self.net.name(net) for net in self.watched if waves[net][2]}
            sampled = self.settled(
                paired({net: value ^ early.get(net, 0) for net, value in values.items()}, full),
                full,
            )
            changes = {}
            for q, ((clock, rising), d) in self.net.flops.items():
                was, now = before[clock][0], then[clock][0]
                edge = ~was & now if rising else was & ~now
                if flips := edge & full & (sampled[d][0] ^ later[q]):
                    changes[q] = flips
            values = later
            if not changes and step >= 2:
                bits = [[value >> k & 1 for value in values.values()] for k in range(len(cases))]
                return {tuple(row) for row in bits}
        raise RuntimeError(f"a state is not at rest after {ROUNDS} rounds of changes")

    def arrived(self, cases: list[Case], when: When, nets: dict[Bit, Value]) -> dict[Bit, int]:
        """Return in which cases the registers that lines clock turn over, by what they see."""
        return {
            q: pack([case.arrivals[self.lines.index(clock)] == when for case in cases])
            & (nets[d][0] ^ nets[q][0])
            for q, ((clock, _), d) in self.net.flops.items()
            if clock in self.lines
        }


def pack(bits: list[int] | list[bool]) -> int:
    """Return bits as one integer, the first one lowest."""
    return int("".join("01"[bool(bit)] for bit in reversed(bits)), 2)


def paired(values: dict[Bit, int], full: int) -> dict[Bit, Value]:
    """Return known values as what they may be."""
    return {net: (value, full & ~value) for net, value in values.items()}
