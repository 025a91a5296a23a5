"""The FSMs of a circuit: registers of an Enum, and the transitions that its source contains.

A transition counts if the source's ``Switch`` over the states can choose it, whatever the other
conditions, in a state that transitions lead to from reset. So a default that only an upset reaches
has none. That upsets end in a legal state is for the proofs.
"""

from typing import Any

from amaranth.hdl import Const, Signal

from goldspike.hdl.amaranth_private import assigned, ast, variants

__all__ = ["Fragment", "fsms", "transitions"]

Fragment = Any
"""An elaborated circuit of Amaranth's; the same."""


def fsms(fragment: Fragment) -> list[tuple[Signal, str]]:
    """Return the state registers of a fragment, with their domains."""
    found = ast.SignalDict()
    everything = [stmt for statements in fragment.statements.values() for stmt in statements]
    for domain, statements in fragment.statements.items():
        for statement in statements if domain != "comb" else ():
            for signal in assigned(statement):
                if variants(signal) and switches(everything, signal):
                    found[signal] = domain
    return list(found.items())


def switches(statements: Any, signal: Signal) -> bool:
    """Return whether a ``Switch`` among statements looks at a signal."""
    return any(
        statement.test is signal or any(switches(body, signal) for _, body, _ in statement.cases)
        for statement in statements
        if isinstance(statement, ast.Switch)
    )


def transitions(fragment: Fragment, state: Signal, domain: str) -> list[tuple[int, int]]:
    """Return the transitions of an FSM between two different states, by their values."""
    steps, waiting = Steps(fragment, state, domain), [state.init]
    reached, found = {state.init}, []
    while waiting:
        now = waiting.pop()
        targets = steps.after(now) - {now}
        found += [(now, target) for target in sorted(targets)]
        waiting += targets - reached
        reached |= targets
    return sorted(found)


class Steps:
    """What a state register may hold next: its statements, conditions on other signals aside."""

    def __init__(self, fragment: Fragment, state: Signal, domain: str) -> None:
        self.state = state
        self.clocked = fragment.statements[domain]
        self.comb = fragment.statements.get("comb", [])

    def after(self, now: int) -> set[int]:
        """Return what may follow a state."""
        self.now = now
        return self.follow(self.clocked, self.state, {now}, inside=False)

    def follow(self, statements: Any, target: Signal, held: set[int], *, inside: bool) -> set[int]:
        """Return what `target` may hold after statements; `inside` a ``Switch`` over the states.

        Constants outside of one are resets.
        """
        for statement in statements:
            if isinstance(statement, ast.Assign) and statement.lhs is target:
                if inside or not isinstance(statement.rhs, Const):
                    held = self.values(statement.rhs)
            elif isinstance(statement, ast.Switch) and statement.test is self.state:
                for patterns, body, _ in statement.cases:
                    if patterns is None or any(self.matches(pattern) for pattern in patterns):
                        held = self.follow(body, target, held, inside=True)
                        break
            elif isinstance(statement, ast.Switch):
                bodies = [body for _, body, _ in statement.cases]
                ends = [self.follow(body, target, held, inside=inside) for body in bodies]
                always = any(patterns is None for patterns, _, _ in statement.cases)
                held = set[int]().union(*ends, set() if always else held)
        return held

    def values(self, value: Any) -> set[int]:
        """Return what an expression may be in this state.

        Raises
        ------
        TypeError
            If it is no choice of states.
        """
        if isinstance(value, Const):
            return {value.value}
        if isinstance(value, ast.SwitchValue):
            return set[int]().union(*(self.values(arm) for _, arm in value.cases))
        if value is self.state:
            return {self.now}
        if isinstance(value, Signal) and variants(value):
            return self.follow(self.comb, value, {value.init}, inside=True)
        raise TypeError(f"the next state of an FSM must be a choice of states, not {value!r}")

    def matches(self, pattern: str) -> bool:
        """Return whether a pattern of bits matches the state."""
        bits = enumerate(reversed(pattern))
        return all(bit in ("-", str(self.now >> place & 1)) for place, bit in bits)
