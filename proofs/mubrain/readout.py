"""Proof of the read-out: its answers hold against every class, ties included."""

from typing import ClassVar

from amaranth.hdl import Module, Mux, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.readout import Readout
from goldspike.model.mubrain.readout import ReadoutParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "ReadoutProof"]


class IntervalTiesUp(Readout):
    """Ties of intervals go to the class that comes last."""

    def is_shorter(self, interval):
        """Return whether the event's interval beats the shortest."""
        return interval <= self.shortest_interval


class CountTiesUp(Readout):
    """Ties of counts go to the class that comes last."""

    def is_more(self, count):
        """Return whether the event's count beats the highest."""
        return count >= self.most_count


@bug_in(Readout)
def counts_nothing(m, dut, inside):
    """Say that the highest count is one more."""
    with m.If(inside("spiked")):
        m.d.sync += dut.most_count.eq(dut.most_count + 1)


@bug_in(Readout)
def takes_the_last(m, dut, inside):
    """Take every spike for the first."""
    with m.If(inside("spiked")):
        m.d.sync += [dut.first_class.eq(dut.address), dut.first_time.eq(inside("now"))]


@bug_in(Readout)
def stretches(m, dut, inside):
    """Read every interval a tick too long."""
    m.d.comb += inside("interval").eq(inside("now") - inside("last_0") + 1)


@bug_in(Readout)
def forgets_nothing(m, dut, inside):
    """Keep the answers through a clear."""
    with m.If(dut.clear):
        m.d.sync += dut.answered.eq(dut.answered)


class ReadoutProof(Proof):
    """One arbitrary class: no answer is worse than what it offers, or is exactly that."""

    rtl = Readout
    configs: ClassVar = {
        "2-narrow": ReadoutParams(classes=2, time_bits=6, count_bits=4),
        "7-narrow": ReadoutParams(classes=7, time_bits=11, count_bits=8),
        "10": ReadoutParams(classes=10),
        "65": ReadoutParams(classes=65, time_bits=37, count_bits=12),
    }
    quick = ("2-narrow",)
    search = 16
    bugs: ClassVar = {
        "the first spike is kept": takes_the_last,
        "no class has more spikes, or as many and a lower number": CountTiesUp,
        "the highest count is that of its class": counts_nothing,
        "no class has a shorter interval, or as short and a lower number": IntervalTiesUp,
        "the shortest interval is that of its class": stretches,
        "there are answers as soon as there are spikes": forgets_nothing,
    }

    def properties(self, m: Module) -> None:
        """Keep the books of one class."""
        dut, params = self.dut, self.params
        named = self.any_value("class", params.classes)
        before = Signal()
        event = Signal()
        now = Signal(params.time_bits + 1)
        clock = Signal(params.time_bits)
        m.d.comb += [event.eq(dut.strobe & ~before & ~dut.clear), now.eq(clock + dut.elapsed)]
        m.d.sync += [before.eq(dut.strobe), clock.eq(Mux(dut.clear, 0, now))]
        self.assumes("time passes", dut.elapsed != 0)
        self.assumes("times fit", ~now[-1] | dut.clear)
        self.assumes("the address names a class", dut.address < params.classes)
        self.assumes("counts fit", ~event | ~dut.most_count.all())
        time = now - 1

        mine = event & (dut.address == named)
        count = Signal(params.count_bits)
        last = Signal(params.time_bits)
        twice = Signal()
        shortest = Signal(params.time_bits)
        any_spike = Signal()
        first_class = Signal.like(dut.first_class)
        first_time = Signal(params.time_bits)
        interval = Signal(params.time_bits)
        m.d.comb += interval.eq(time - last)
        with m.If(dut.clear):
            m.d.sync += [count.eq(0), twice.eq(0), any_spike.eq(0)]
            m.d.sync += [first_class.eq(0), first_time.eq(0)]
        with m.Elif(event):
            with m.If(~any_spike):
                m.d.sync += [any_spike.eq(1), first_class.eq(dut.address), first_time.eq(time)]
            with m.If(mine):
                m.d.sync += [count.eq(count + 1), last.eq(time)]
                with m.If(count != 0):
                    m.d.sync += [twice.eq(1)]
                    with m.If(~twice | (interval < shortest)):
                        m.d.sync += shortest.eq(interval)

        self.holds(
            "the first spike is kept",
            (dut.first_class == first_class) & (dut.first_time == first_time),
        )
        better = (count == dut.most_count) & (named < dut.most_class)
        self.holds(
            "no class has more spikes, or as many and a lower number",
            (count <= dut.most_count) & ~(better & (count != 0)),
        )
        self.holds(
            "the highest count is that of its class",
            ~any_spike | (dut.most_class != named) | (count == dut.most_count),
        )
        nearer = (shortest == dut.shortest_interval) & (named < dut.shortest_class)
        self.holds(
            "no class has a shorter interval, or as short and a lower number",
            ~twice | ((shortest >= dut.shortest_interval) & ~nearer),
        )
        self.holds(
            "the shortest interval is that of its class",
            ~dut.answered[1]
            | (dut.shortest_class != named)
            | (twice & (shortest == dut.shortest_interval)),
        )
        self.holds(
            "there are answers as soon as there are spikes",
            (dut.answered[0] == any_spike) & (dut.answered[1] | ~twice),
        )
        seen = self.inside("seen").bit_select(named, 1)
        self.helps("seen", seen == (count != 0))
        self.helps("sampled", before == self.inside("sampled"))
        self.helps("clock", clock == self.inside("last_edge"))
        self.helps(
            "no spikes, no answers",
            any_spike | (~dut.answered.any() & (count == 0) & (dut.most_count == 0)),
        )
        for k in range(params.classes):
            own = named == k
            self.helps(f"count {k}", ~own | (count == self.inside(f"count_{k}")))
            self.helps(f"last {k}", ~own | (count == 0) | (last == self.inside(f"last_{k}")))
        self.helps("twice", (count < 2) == ~twice)
        self.reaches(
            "a class draws level with a higher one",
            twice & (named < dut.shortest_class) & (shortest == dut.shortest_interval + 1),
        )
        self.reaches("two spikes of the class", twice)


PROOF = ReadoutProof
