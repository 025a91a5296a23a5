"""What seems always true of two forms of a circuit, read off simulated runs.

Flip-flops are constant or equal, numbers stay within bounds, two values never meet. All of it is
a guess: :mod:`goldspike.signoff.equivalence.induction` shows it, or drops it.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from goldspike.signoff.equivalence.aig import Algebra, Graph
from goldspike.signoff.equivalence.miter import Pair, State

__all__ = ["Bounded", "Claim", "Equal", "Never", "Walk", "guesses", "substitute", "twins"]

RUNS, TICKS = 256, 192
"""Simulated runs, and their length."""

PHASE, GROUP = 32, 32
"""Ticks and runs that share which inputs are seldom up, and which seldom down."""

NEAR = 96
"""About how many flip-flops near the difference are looked at, two by two."""

FEW = 24
"""How many are looked at three by three."""

SMALL = 3
"""Bits of a number whose values are looked at one by one."""

WIDEST = 12
"""Bits of a number that is taken for a count, and not for data."""


@dataclass(frozen=True)
class Equal:
    """A flip-flop equals another one, or the opposite; with none, it is constant."""

    place: int
    other: int | None
    opposite: bool = False

    def value(self, algebra: Algebra, state: State) -> int:
        """Return the value that the flip-flop has if this is true."""
        other = algebra.constant(0) if self.other is None else state[self.other]
        return other ^ algebra.constant(self.opposite)

    def __call__(self, algebra: Algebra, state: State) -> int:
        """Return whether it is true in a state."""
        return algebra.equal(state[self.place], self.value(algebra, state))


@dataclass(frozen=True)
class Never:
    """Some flip-flops never have these values at once."""

    places: tuple[int, ...]
    values: tuple[bool, ...]

    def __call__(self, algebra: Algebra, state: State) -> int:
        """Return whether it is true in a state."""
        met = (
            state[place] ^ algebra.constant(not value)
            for place, value in zip(self.places, self.values, strict=True)
        )
        return algebra.all(met) ^ algebra.flip


@dataclass(frozen=True)
class Bounded:
    """A number is at most `bound`, its lowest bit first, some of its bits inverted."""

    places: tuple[int, ...]
    inverted: tuple[bool, ...]
    bound: int

    def __call__(self, algebra: Algebra, state: State) -> int:
        """Return whether it is true in a state."""
        bits = [
            state[place] ^ algebra.constant(turn)
            for place, turn in zip(self.places, self.inverted, strict=True)
        ]
        return algebra.at_most(bits, self.bound)


Claim = Equal | Never | Bounded


class Walk:
    """Simulated runs from reset, side by side.

    Attributes
    ----------
    same : bool
        The outputs were always equal.
    histories : list of int
        The values of each flip-flop, all runs and ticks in the bits of one number.
    """

    def __init__(self, pair: Pair) -> None:
        chance = random.Random(1)
        algebra = Algebra.of_runs(RUNS)
        self.whole = (1 << RUNS * TICKS) - 1
        self.same = True
        state = pair.start(algebra, lambda: chance.getrandbits(RUNS))
        ticks = []
        for _ in range(TICKS // PHASE):
            often = [chance.choices((1, 8, 15), k=RUNS // GROUP) for _ in pair.inputs]
            for tick in range(PHASE):
                inputs = [
                    sum(draw(chance, up) << GROUP * k for k, up in enumerate(ups)) for ups in often
                ]
                inputs[pair.reset] &= algebra.constant(tick == 0)
                ticks.append(state)
                state, same = pair.tick(algebra, state, inputs)
                self.same = self.same and same == algebra.flip
        self.histories = [
            int.from_bytes(
                b"".join(bits.to_bytes(RUNS // 8, "little") for bits in values), "little"
            )
            for values in zip(*ticks, strict=True)
        ]

    def history(self, place: int, *, inverted: bool = False) -> int:
        """Return the values of a flip-flop."""
        return self.histories[place] ^ (self.whole if inverted else 0)

    def largest(self, places: Sequence[int], inverted: Sequence[bool]) -> int:
        """Return the largest value of a number; see :class:`Bounded`."""
        found, left = 0, self.whole
        for k in reversed(range(len(places))):
            highest = left & self.history(places[k], inverted=inverted[k])
            if highest:
                found, left = found | 1 << k, highest
        return found


def draw(chance: random.Random, up: int) -> int:
    """Return bits for a group of runs, each of which is up with a chance of `up` sixteenths."""
    found = 0
    for digit in range(4):
        bits = chance.getrandbits(GROUP)
        found = found | bits if up >> digit & 1 else found & bits
    return found


def twins(pair: Pair, walk: Walk) -> list[Equal]:
    """Return which flip-flops seem equal to their counterparts."""
    return [
        Equal(pair.size + k, k)
        for k in range(pair.size)
        if walk.histories[k] == walk.histories[pair.size + k]
    ]


def guesses(pair: Pair, walk: Walk, same: Sequence[Equal]) -> list[list[Claim]]:
    """Return what else seems true near the difference: equalities, bounds, what depends on what."""
    near = neighbourhood(pair, same)
    alone = sorted(set(range(pair.size, 2 * pair.size)) - {claim.place for claim in same})
    near |= set(alone)
    rest = [*number_bounds(pair, walk, near), *never_met(walk, sorted(near), alone)]
    return [equalities(walk, sorted(near)), rest, [*never_with_number(pair, walk, near)]]


def equalities(walk: Walk, places: Sequence[int]) -> list[Claim]:
    """Return which flip-flops seem constant, or equal to another one."""
    first: dict[int, int] = {}
    found: list[Claim] = []
    for place in places:
        history = walk.histories[place]
        inverse = history ^ walk.whole
        if not history or not inverse:
            found.append(Equal(place, None, not inverse))
        elif history in first:
            found.append(Equal(place, first[history]))
        elif inverse in first:
            found.append(Equal(place, first[inverse], opposite=True))
        else:
            first[history] = place
    return found


def number_bounds(pair: Pair, walk: Walk, near: set[int]) -> Iterator[Claim]:
    """Yield bounds above and below, of numbers without and with a sign."""
    for word in pair.words:
        if near.isdisjoint(word) or len(word) > WIDEST:
            continue
        for signed, below in product((False, True), repeat=2):
            inverted = (*[below] * (len(word) - 1), below != signed)
            bound = walk.largest(word, inverted)
            if bound + 1 < 1 << len(word):
                yield Bounded(tuple(word), inverted, bound)


def never_met(walk: Walk, near: Sequence[int], alone: Sequence[int]) -> Iterator[Never]:
    """Yield values that never met: of two flip-flops, or of three, one without a counterpart."""
    apart = {}
    for places in combinations(near, 2):
        for values in product((False, True), repeat=2):
            a, b = (walk.history(p, inverted=not v) for p, v in zip(places, values, strict=True))
            apart[places, values] = not a & b
            if apart[places, values]:
                yield Never(places, values)
    others = [place for place in near if place not in alone][:FEW]
    for place, (a, b) in product(alone[:FEW], combinations(others, 2)):
        for x, y, z in product((False, True), repeat=3):
            pairs = (((a, b), (x, y)), ((a, place), (x, z)), ((b, place), (y, z)))
            if any(apart.get(pair) for pair in pairs):
                continue
            both = walk.history(a, inverted=not x) & walk.history(b, inverted=not y)
            if not both & walk.history(place, inverted=not z):
                yield Never((a, b, place), (x, y, z))


def never_with_number(pair: Pair, walk: Walk, near: set[int]) -> Iterator[Never]:
    """Yield values of flip-flops that never met a value of a small number, such as a state."""
    for word in pair.words:
        if len(word) > SMALL or not near.issuperset(word):
            continue
        for values in product((False, True), repeat=len(word)):
            met = walk.whole
            for place, value in zip(word, values, strict=True):
                met &= walk.history(place, inverted=not value)
            for other, value in product(sorted(near - set(word)) if met else (), (False, True)):
                if not met & walk.history(other, inverted=not value):
                    yield Never((*word, other), (*values, value))


def neighbourhood(pair: Pair, equal: Sequence[Equal]) -> set[int]:
    """Return the flip-flops that matter to where the forms differ, then those that matter there."""
    graph = Graph()
    latches = [graph.variable() for _ in range(2 * pair.size)]
    state = list(latches)
    substitute(equal, graph.algebra, state)
    place = {literal >> 1: k for k, literal in enumerate(latches)}
    after, same = pair.tick(graph.algebra, state, [graph.variable() for _ in pair.inputs])
    differs = [same, *(claim(graph.algebra, after) for claim in equal)]
    near: set[int] = set()
    layer = {place[n] for n in graph.cone(differs) if n in place}
    while layer and (not near or len(near | layer) <= NEAR):
        near |= layer
        layer = {place[n] for n in graph.cone(after[k] for k in layer) if n in place} - near
    return near


def substitute(claims: Sequence[Claim], algebra: Algebra, state: list[int]) -> None:
    """Put the values that flip-flops have by the claims into their places."""
    for claim in sorted((c for c in claims if isinstance(c, Equal)), key=lambda c: c.place):
        state[claim.place] = claim.value(algebra, state)
