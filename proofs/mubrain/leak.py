"""Proof of the leak: every strobe that is asked for comes, or is reported as merged."""

from typing import ClassVar

from amaranth.hdl import Module, Mux, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.leak import Leak
from goldspike.model.mubrain.leak import LeakParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "LeakProof"]


@bug_in(Leak)
def leaks_through_clear(m, dut, inside):
    """Give a strobe that is due on the tick of a clear."""
    m.d.comb += inside("due").eq(inside("runs") & inside("ends"))


@bug_in(Leak)
def stays_up(m, dut, inside):
    """Keep the line up when the next leak is due at once, so that the arbiter sees one edge."""
    m.d.comb += inside("given").eq(inside("due") | inside("rises"))


@bug_in(Leak)
def forgets_a_merge(m, dut, inside):
    """Tell nothing of two leaks on one tick."""
    m.d.sync += dut.merged.eq((inside("due") | inside("rises")) & dut.strobe)


@bug_in(Leak)
def takes_levels(m, dut, inside):
    """Leak for as long as an event is up."""
    m.d.comb += inside("rises").eq(dut.in_event)


@bug_in(Leak)
def cancels(m, dut, inside):
    """Let two leaks on one tick cancel each other."""
    m.d.comb += inside("given").eq((inside("due") ^ inside("rises")) & ~dut.strobe)


@bug_in(Leak)
def runs_late(m, dut, inside):
    """Count a tick too many."""
    m.d.comb += inside("ends").eq(inside("elapsed") >= dut.period)


@bug_in(Leak)
def sleeps(m, dut, inside):
    """Rest while an event comes."""
    m.d.comb += dut.busy.eq(inside("runs") | dut.strobe)


class LeakProof(Proof):
    """Against a count of the ticks since the period began; the period may change at any time."""

    rtl = Leak
    configs: ClassVar = {
        "smallest": LeakParams(period_bits=2),
        "odd": LeakParams(period_bits=5),
        "published": LeakParams(),
        "widest": LeakParams(period_bits=32),
    }
    quick = ("smallest", "published")
    search = 12
    bugs: ClassVar = {
        "a leak that is asked for comes, or is reported as merged": forgets_a_merge,
        "no strobe that was not asked for": takes_levels,
        "a strobe lasts one tick": stays_up,
        "a clear withholds the strobe that is due": leaks_through_clear,
        "a period is over in time": runs_late,
        "at most one merges per tick": cancels,
        "at rest nothing comes": sleeps,
    }

    def properties(self, m: Module) -> None:
        """Count what is asked for."""
        dut, bits = self.dut, self.params.period_bits
        age = Signal(bits)  # ticks of the period that are over
        event, was_up, cleared, rested = (Signal() for _ in range(4))
        periodic, spontaneous = Signal(), Signal()  # asked for on the tick before
        over = (dut.period >= 2) & ~dut.clear & (age + 1 >= dut.period)
        m.d.sync += [
            event.eq(dut.in_event),
            was_up.eq(dut.strobe),
            cleared.eq(dut.clear),
            rested.eq(~dut.busy),
            periodic.eq(over),
            spontaneous.eq(dut.in_event & ~event),
            age.eq(Mux(over | dut.clear | (dut.period < 2), 0, age + 1)),
        ]
        asked = periodic + spontaneous
        self.holds(
            "a leak that is asked for comes, or is reported as merged",
            asked == dut.strobe + dut.merged,
        )
        self.holds("no strobe that was not asked for", ~dut.strobe | (asked != 0))
        self.holds("a strobe lasts one tick", ~(dut.strobe & was_up))
        self.holds("a clear withholds the strobe that is due", ~cleared | ~dut.strobe | spontaneous)
        self.holds("a period is over in time", ~periodic | dut.strobe | was_up)
        self.holds("at most one merges per tick", asked <= 1 + dut.strobe)
        self.holds("at rest nothing comes", ~rested | ~(dut.strobe | dut.merged))
        self.helps("the count", age == self.inside("elapsed"))
        self.helps("the level", event == self.inside("sampled"))
        self.helps("what put the line up", dut.strobe <= (periodic | spontaneous))
        self.helps("an event that rose is up", ~spontaneous | event)
        self.helps("a period that was over begins again", ~periodic | (age == 0))
        self.reaches("two at once", dut.merged & dut.strobe)
        self.reaches("one finds the line up", dut.merged & ~dut.strobe)
        self.reaches("a periodic strobe", dut.strobe & periodic & ~spontaneous)


PROOF = LeakProof
