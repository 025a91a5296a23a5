"""Whether two forms of a circuit show the same, whatever comes in.

Candidates for what always holds come from simulated runs
(:mod:`goldspike.signoff.equivalence.invariants`). What a run from reset or an induction refutes is
dropped, until the rest stands by itself; nothing is assumed of a state but what is shown of all of
them. If the outputs are equal wherever the rest holds, they always are. What is equal by induction
is one part of the graph, so that a question is about little more than the difference. Both solvers
confirm the last answers. Candidates may not suffice; then the question stays open.
"""

import random
import time
from collections.abc import Sequence
from pathlib import Path

from goldspike.proofs.smt import SOLVERS, ask
from goldspike.signoff.equivalence.aig import FALSE, Algebra, Graph
from goldspike.signoff.equivalence.invariants import Claim, Walk, guesses, substitute, twins
from goldspike.signoff.equivalence.miter import Pair

__all__ = ["always_equal"]

DEPTHS = (1, 2, 4, 8)
"""Ticks of induction: states that cannot be reached have time to fade."""

TIMEOUT = 60.0
PATIENCE = 180.0
"""Seconds for a question, and after which no new one is asked."""

RUNS = 256
"""Runs next to a counterexample, other inputs in each: they refute more than one."""


def always_equal(pair: Pair, folder: Path) -> bool:
    """Return whether the forms can be shown to be equal."""
    walk = Walk(pair)
    if not walk.same:
        return False
    induction = Induction(pair, folder)
    same = twins(pair, walk)
    if induction.proves(same, 1):
        return True
    equal, rest, further = guesses(pair, walk, same)
    return (
        induction.proves([*same, *equal], 1)
        or any(induction.proves([*same, *equal, *rest], depth) for depth in DEPTHS)
        or induction.proves([*same, *equal, *rest, *further], 1)
    )


class Induction:
    """Questions about two forms of a circuit.

    Attributes
    ----------
    refuted : bool
        A run from reset has shown a difference.
    """

    def __init__(self, pair: Pair, folder: Path) -> None:
        self.pair = pair
        self.folder = folder
        self.chance = random.Random(1)
        self.refuted = False
        self.ends = time.monotonic() + PATIENCE

    def proves(self, claims: Sequence[Claim], depth: int) -> bool:
        """Return whether those of the claims that can be kept make the outputs equal."""
        for from_reset in (True, False):
            kept = self.keep(claims, depth, from_reset=from_reset)
            if kept is None:
                return False
            claims = kept
        return True

    def keep(self, claims: Sequence[Claim], depth: int, *, from_reset: bool) -> list[Claim] | None:
        """Return the claims that hold for `depth` ticks from reset, or after as many good ones.

        None if the outputs differ, or if nobody knows.
        """
        kept = list(claims)
        while not self.refuted and time.monotonic() < self.ends:
            question = Question(self.pair, kept, depth, from_reset=from_reset)
            if FALSE in question.conditions:
                return kept
            text = question.graph.question(question.conditions)
            asked = sorted(question.variables & set(question.graph.cone(question.conditions)))
            terms = [f"n{node}" for node in asked]
            answer = ask(SOLVERS[0], text, self.folder, timeout=TIMEOUT, terms=terms)
            if answer.verdict == "unsat":
                others = (ask(s, text, self.folder, timeout=TIMEOUT) for s in SOLVERS[1:])
                return kept if all(other.verdict == "unsat" for other in others) else None
            if answer.verdict != "sat":
                return None
            known = {n: value == "true" for n, value in zip(asked, answer.values, strict=True)}
            good = question.survivors(known, self.chance)
            if good is None or len(good) == len(kept):
                self.refuted = from_reset
                return None
            kept = good
        return None


class Question:
    """Whether a claim can break, or outputs differ: from reset on, or after `depth` good ticks.

    Attributes
    ----------
    conditions : list of int
        Literals of `graph`; the answer is yes if they can be true together.
    variables : set of int
        Nodes of what was there at first, and of the inputs.
    """

    def __init__(
        self, pair: Pair, claims: Sequence[Claim], depth: int, *, from_reset: bool
    ) -> None:
        self.pair, self.claims, self.from_reset = pair, claims, from_reset
        self.graph = graph = Graph()
        self.state = [graph.variable() for _ in range(2 * pair.size)]
        ticks = range(depth if from_reset else depth + 1)
        self.inputs = [[graph.variable() for _ in pair.inputs] for _ in ticks]
        self.variables = {literal >> 1 for row in (self.state, *self.inputs) for literal in row}
        algebra = graph.algebra
        *before, last = (
            algebra.all([*held, same])
            for held, same in self.play(algebra, self.state, self.inputs, merge=True)
        )
        if from_reset:
            self.conditions = [algebra.all([*before, last]) ^ 1]
        else:
            self.conditions = [*before, last ^ 1]

    def play(
        self,
        algebra: Algebra,
        state: Sequence[int],
        inputs: Sequence[Sequence[int]],
        *,
        merge: bool,
    ) -> list[tuple[list[int], int]]:
        """Return tick by tick whether each claim holds, and whether the outputs are equal.

        With `merge`, what the claims call equal is one part from then on. Where a claim is broken
        nothing is said about later, so that changes no answer.
        """
        found = []
        now = list(state)
        if self.from_reset:
            now = self.pair.start(algebra, iter(state).__next__)
        elif merge:
            substitute(self.claims, algebra, now)
        for row in inputs:
            held = [claim(algebra, now) for claim in self.claims]
            if merge:
                substitute(self.claims, algebra, now)
            now, same = self.pair.tick(algebra, now, row)
            found.append((held, same))
        return found

    def survivors(self, known: dict[int, bool], chance: random.Random) -> list[Claim] | None:
        """Return the claims that hold in a counterexample and in others like it.

        None if the outputs differ although all claims hold, or, from reset, if they differ.
        """
        algebra = Algebra.of_runs(RUNS)

        def runs(literal: int) -> int:
            others = chance.getrandbits(RUNS)
            if literal >> 1 not in known:
                return others
            rare = others & chance.getrandbits(RUNS) & chance.getrandbits(RUNS) & ~1
            return algebra.constant(known[literal >> 1]) ^ rare

        state = [runs(literal) for literal in self.state]
        if not self.from_reset:
            substitute(self.claims, algebra, state)
        ticks = self.play(
            algebra, state, [[runs(x) for x in row] for row in self.inputs], merge=False
        )
        good, broken = algebra.flip, set()
        for k, (held, same) in enumerate(ticks):
            if self.from_reset or k == len(ticks) - 1:
                broken |= {n for n, value in enumerate(held) if good & ~value}
                if (good if self.from_reset else algebra.both(good, algebra.all(held))) & ~same:
                    return None
            else:
                good &= algebra.all([*held, same])
        return [claim for n, claim in enumerate(self.claims) if n not in broken]
