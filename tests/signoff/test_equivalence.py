"""Circuits with an input `form`: is form 1 taken for form 0?"""

from pathlib import Path

import pytest
from amaranth.hdl import Cat, ClockDomain, ClockSignal, Module, Mux, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.verilog import to_rtlil
from goldspike.hdl.yosys import run_yosys
from goldspike.proofs.smt import missing_tools
from goldspike.signoff.equivalence.aig import TO_GATES, Algebra, Graph, Netlist
from goldspike.signoff.equivalence.induction import always_equal
from goldspike.signoff.equivalence.invariants import Walk
from goldspike.signoff.equivalence.miter import Pair

pytestmark = pytest.mark.skipif(
    bool(missing_tools()),
    reason=f"{', '.join(missing_tools())} not installed; pip install -e '.[prove]' brings them",
)


class Forms(wiring.Component):
    """Something with two forms, driven by one bit."""

    form: Signal
    up: Signal
    out: Signal

    def __init__(self):
        super().__init__({"form": In(1), "up": In(1), "out": Out(8)})


class Counter(Forms):
    """Counts modulo `size`; form 1 shows something else at `odd`."""

    size, odd = 3, 3

    def elaborate(self, platform):
        m = Module()
        count = Signal(10)
        with m.If(self.up):
            m.d.sync += count.eq(Mux(count == self.size - 1, 0, count + 1))
        m.d.comb += self.out.eq(count + (self.form & (count == self.odd)))
        return m


class Reachable(Counter):
    odd = 2


class ReachableLate(Counter):
    size, odd = 1000, 999


class Ring(Forms):
    """A one-hot ring; form 1 takes it for a priority encoder."""

    start = 1

    def elaborate(self, platform):
        m = Module()
        ring = Signal(4, init=self.start)
        with m.If(self.up):
            m.d.sync += ring.eq(Cat(ring[-1], ring[:-1]))
        exact = Cat(ring == 1 << k for k in range(4))
        first = Cat(ring[k] & ~ring[:k].any() for k in range(4))
        m.d.comb += self.out.eq(Mux(self.form, first, exact))
        return m


class TwoHot(Ring):
    start = 3


class Recoded(Forms):
    """Counts 0, 1, 2; form 1 counts 0, 3, 2, and shows the first two alike."""

    shown = (0, 1, 2, 1)

    def elaborate(self, platform):
        m = Module()
        state = Signal(2)
        after = Signal(2)
        m.d.comb += after.eq(Mux(state == 2, 0, Mux(state == 0, Mux(self.form, 3, 1), 2)))
        with m.If(self.up):
            m.d.sync += state.eq(after)
        with m.Switch(state):
            for value, shown in enumerate(self.shown):
                with m.Case(value):
                    m.d.comb += self.out.eq(shown)
        return m


class RecodedWrongly(Recoded):
    shown = (0, 1, 2, 2)


class Clocked(Forms):
    """A flip-flop whose clock is inverted in form 1."""

    stops = False

    def data(self, m):
        return self.up

    def elaborate(self, platform):
        m = Module()
        m.domains.late = ClockDomain()
        clock = ClockSignal("sync")
        m.d.comb += [
            ClockSignal("late").eq(clock & ~self.form if self.stops else clock ^ self.form),
            ResetSignal("late").eq(ResetSignal("sync")),
        ]
        m.d.late += self.out[0].eq(self.data(m))
        return m


class ClockedBehindAnother(Clocked):
    def data(self, m):
        before = Signal()
        m.d.sync += before.eq(self.up)
        return before


class NotClocked(Clocked):
    stops = True


def netlist(circuit, folder):
    (folder / "all.il").write_text(to_rtlil(circuit, "top"))
    gates = TO_GATES.format(name="gates")
    run_yosys(f"read_rtlil all.il\nprep -flatten -top top\n{gates}", folder)
    return Netlist(folder / "gates.json", "top")


@pytest.mark.parametrize("circuit", [Counter, Ring, Recoded, Clocked])
def test_forms_that_show_the_same_are_equal(circuit, tmp_path: Path) -> None:
    assert always_equal(Pair(netlist(circuit(), tmp_path), "form", (0, 1)), tmp_path)


@pytest.mark.parametrize(
    "circuit", [Reachable, TwoHot, RecodedWrongly, ClockedBehindAnother, NotClocked]
)
def test_forms_that_differ_are_not_and_simulated_runs_show_it(circuit, tmp_path: Path) -> None:
    pair = Pair(netlist(circuit(), tmp_path), "form", (0, 1))
    assert not Walk(pair).same
    assert not always_equal(pair, tmp_path)


def test_a_difference_that_no_simulated_run_meets_is_not_missed(tmp_path: Path) -> None:
    pair = Pair(netlist(ReachableLate(), tmp_path), "form", (0, 1))
    assert Walk(pair).same
    assert not always_equal(pair, tmp_path)


def test_a_circuit_counts_as_a_graph_as_it_does_in_runs(tmp_path: Path) -> None:
    pair = Pair(netlist(Counter(), tmp_path), "form", (0, 1))
    place = next(k for k, net in enumerate(pair.inputs) if net in pair.netlist.inputs["up"])
    up = [0b10 if k == place else 0 for k in range(len(pair.inputs))]  # in the second run only
    state = pair.start(Algebra.of_runs(2), lambda: 0)
    counted = []
    for _ in range(5):
        bits = [state[bit] for bit in pair.words[0]]
        counted.append([sum((bit >> run & 1) << k for k, bit in enumerate(bits)) for run in (0, 1)])
        state, _ = pair.tick(Algebra.of_runs(2), state, up)
    assert counted == [[0, 0], [0, 1], [0, 2], [0, 0], [0, 1]]


def test_equal_parts_of_a_graph_are_one_part() -> None:
    graph = Graph()
    a, b = graph.variable(), graph.variable()
    assert graph.both(a, b) == graph.both(b, a)
    assert graph.both(a, a) == graph.both(a, 1) == a
    assert graph.both(a, a ^ 1) == graph.both(a, 0) == 0


@pytest.mark.parametrize("bound", range(8))
def test_a_number_is_at_most_its_bound(bound: int) -> None:
    bits = [sum(1 << n for n in range(8) if n >> k & 1) for k in range(3)]
    assert Algebra.of_runs(8).at_most(bits, bound) == (1 << bound + 1) - 1
