"""What a circuit keeps, it keeps for as long as it takes: over one wait that 16 bits do not count.

Every circuit with a clock runs once more, in its smallest configuration, with one moment of its
stimulus held for so long, tick by tick: a pause (:mod:`goldspike.cosim.bench.pauses`) where it has
one, else a moment at which few inputs are up.
"""

from typing import Any

import numpy as np
import pytest

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.cosim.bench.pauses import PAUSE, held_for
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.model.errors import LockstepError
from goldspike.signoff.edited import edited
from goldspike.signoff.wrong_pins import smallest

WAIT = 1 << 16
"""Ticks for which the moment is held."""

CASES = [
    pytest.param(name, marks=pytest.mark.slow if load_bench(name).checks.assembled else [])
    for name in circuits()
    if load_bench(name).clocked
]

FORGETFUL = [
    (
        "truenorth/prng",
        "with m.If(self.load):",
        "late = Signal(16)\n"
        "    m.d.sync += late.eq(late + (late != 65535))\n"
        "    with m.If(self.load | self.take.any()):\n"
        "        m.d.sync += late.eq(0)\n"
        "    with m.If(late == 65535):\n"
        "        m.d.sync += self.state.eq(1)\n"
        "    with m.If(self.load):",
    ),
    (
        "mubrain/neuron",
        "with m.If(self.cleared()):",
        "late = Signal(16)\n"
        "    m.d.sync += late.eq(Mux(self.strobe | self.clear, 0, late + (late != 65535)))\n"
        "    with m.If(self.cleared() | (late == 65535)):",
    ),
]
"""A circuit, its source, and what is put in its place: state that is lost after 2^16 idle ticks."""


def alike(rows: np.ndarray) -> list[np.ndarray]:
    """Return the rows, by number, in groups of neighbours that are alike and a tick apart."""
    values = [name for name in rows.dtype.names or () if name != "tick"]
    fresh = np.diff(rows["tick"]) != 1
    for name in values:
        column = rows[name].reshape(rows.size, -1)
        fresh |= (column[1:] != column[:-1]).any(axis=1)
    return np.split(np.arange(rows.size), np.flatnonzero(fresh) + 1)


def with_wait(rows: np.ndarray) -> np.ndarray:
    """Return rows with a long wait about halfway through them."""
    places = [group[0] for group in alike(rows) if group.size >= PAUSE]
    if not places:
        values = [name for name in rows.dtype.names or () if name != "tick"]
        ups = np.sum([rows[name].reshape(rows.size, -1).any(axis=1) for name in values], axis=0)
        middle = np.arange(rows.size // 4, 3 * rows.size // 4)
        places = middle[ups[middle] == ups[middle].min()]
    times = np.ones(rows.size, np.int64)
    times[places[len(places) // 2]] += WAIT
    return held_for(rows, times)


def waiting(bench: type[Bench]) -> type[Bench]:
    """Return a bench with a long wait in its stimulus."""

    class Waiting(bench):
        def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
            return with_wait(super().stimulus(rng, steps))

    return Waiting


def run(circuit: str, *, waits: bool = True, rtl: Any = None) -> int:
    """Run a circuit's bench, in its smallest configuration; return the ticks that it took."""
    bench = load_bench(circuit)
    kind = waiting(bench) if waits else bench
    return run_bench(kind, smallest(bench), rtl=rtl, driver="arrays").ticks


@pytest.mark.parametrize("circuit", CASES)
def test_nothing_is_lost_in_a_long_wait(circuit: str) -> None:
    assert run(circuit) > WAIT


@pytest.mark.parametrize(("circuit", "old", "new"), FORGETFUL, ids=[case[0] for case in FORGETFUL])
def test_what_is_lost_in_a_long_wait_is_seen_in_no_other_run(
    circuit: str, old: str, new: str
) -> None:
    forgetful = edited(load_bench(circuit).rtl, old, new)
    assert run(circuit, waits=False, rtl=forgetful) > 0
    with pytest.raises(LockstepError, match=r", tick \d+, field "):
        run(circuit, rtl=forgetful)
