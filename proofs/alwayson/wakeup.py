"""Proof of the wake-up circuit: every spike wakes, waits and is reported as lost or taken."""

from typing import ClassVar

from amaranth.hdl import Module, Mux, Signal

from goldspike.hdl.alwayson.wakeup import Wakeup
from goldspike.hdl.bugs import bug_in
from goldspike.model.alwayson.wakeup import WakeupParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "WakeupProof"]


@bug_in(Wakeup, at="detector")
def takes_too_much(m, dut, inside):
    """Let a take win over a spike on the same tick."""
    pending = inside("detector.pending")
    m.d.sync += pending.eq((pending | inside("detector.edges")) & ~dut.taken)


@bug_in(Wakeup, at="detector")
def keeps_losses_quiet(m, dut, inside):
    """Tell no loss that comes with a falling edge."""
    with m.If(dut.falls):
        m.d.sync += inside("detector.merged").eq(0)


@bug_in(Wakeup)
def sleeps_over_a_spike(m, dut, inside):
    """Sleep, whatever comes on that tick."""
    with m.If(dut.sleep):
        m.d.sync += dut.clock_enable.eq(0)


@bug_in(Wakeup)
def wakes_with_the_clock(m, dut, inside):
    """Wake with every falling edge."""
    with m.If(dut.falls & ~dut.sleep):
        m.d.sync += dut.clock_enable.eq(1)


@bug_in(Wakeup)
def lets_through_at_once(m, dut, inside):
    """Let the clock through as soon as the neuron is awake."""
    m.d.sync += dut.clock_ungate.eq(dut.clock_enable & ~dut.sleep)


@bug_in(Wakeup)
def shuts_late(m, dut, inside):
    """Go on letting the clock through when a spike keeps the neuron awake."""
    with m.If(dut.sleep & dut.wakes):
        m.d.sync += dut.clock_ungate.eq(dut.clock_ungate)


@bug_in(Wakeup)
def stays_open(m, dut, inside):
    """Keep an FFclk-ug that is up alone."""
    with m.If(dut.clock_ungate & ~dut.sleep):
        m.d.sync += dut.clock_ungate.eq(1)


@bug_in(Wakeup)
def rests_early(m, dut, inside):
    """Rest on the tick of a spike."""
    m.d.comb += dut.busy.eq(dut.clock_enable | dut.lost.any())


class WakeupProof(Proof):
    """One arbitrary line; clock, takes and sleep as they please."""

    rtl = Wakeup
    configs: ClassVar = {str(n): WakeupParams(lines=n) for n in (1, 2, 7, 65, 512)}
    quick = ("1", "2")
    search = 12
    bugs: ClassVar = {
        "every spike is taken, reported as lost, or waits": takes_too_much,
        "a spike is lost, and reported, only where one of its line waits": keeps_losses_quiet,
        "FFclk-en is up while a spike waits": sleeps_over_a_spike,
        "FFclk-en rises with a spike and falls with sleep": wakes_with_the_clock,
        "FFclk-ug rises with a falling edge after FFclk-en": lets_through_at_once,
        "FFclk-ug falls with sleep": shuts_late,
        "busy while anything is awake, or awakes": rests_early,
        "FFclk-ug alone falls": stays_open,
    }

    def properties(self, m: Module) -> None:
        """Follow one line, and the two flip-flops behind all of them."""
        dut = self.dut
        line = self.any_value("line", self.params.lines)
        spike, taken, pending, lost = (
            port.bit_select(line, 1) for port in (dut.spikes, dut.taken, dut.pending, dut.lost)
        )
        names = ("level", "rose", "waited", "was_taken", "any_rose", "fell", "slept")
        was = {name: Signal(name=name) for name in (*names, "was_enabled", "was_open")}
        levels = Signal.like(dut.spikes)
        rising = (dut.spikes & ~levels).any()
        rises = spike & ~was["level"]
        owed = Signal(4)  # spikes that were neither taken nor reported as lost so far
        m.d.sync += [
            levels.eq(dut.spikes),
            was["level"].eq(spike),
            was["rose"].eq(rises),
            was["any_rose"].eq(rising),
            was["waited"].eq(pending),
            was["was_taken"].eq(taken),
            was["fell"].eq(dut.falls),
            was["slept"].eq(dut.sleep),
            was["was_enabled"].eq(dut.clock_enable),
            was["was_open"].eq(dut.clock_ungate),
            owed.eq(owed - lost + rises - Mux(pending, taken, 0)),
        ]
        enable, ungate = dut.clock_enable, dut.clock_ungate
        enabled, opened = was["was_enabled"], was["was_open"]
        self.holds("every spike is taken, reported as lost, or waits", owed - lost == pending)
        self.holds(
            "a spike is lost, and reported, only where one of its line waits",
            lost == (was["rose"] & was["waited"] & ~was["was_taken"]),
        )
        self.holds("FFclk-en is up while a spike waits", enable | ~dut.pending.any())
        self.holds(
            "FFclk-en rises with a spike and falls with sleep",
            Mux(enabled, enable | was["slept"], ~enable | was["any_rose"]),
        )
        self.holds(
            "FFclk-ug rises with a falling edge after FFclk-en",
            Mux(was["slept"] | opened, 1, ungate == (was["fell"] & enabled)),
        )
        self.holds("FFclk-ug falls with sleep", Mux(was["slept"], ~ungate, ungate | ~opened))
        self.holds(
            "busy while anything is awake, or awakes",
            dut.busy | ~(enable | ungate | pending | lost | rising),
        )
        self.helps("FFclk-ug needs FFclk-en", enable | ~ungate)
        self.helps("all lines were sampled", levels == self.inside("detector.sampled"))
        self.helps("the line was sampled", was["level"] == levels.bit_select(line, 1))
        self.helps("who was awake was so", opened <= enabled)
        self.helps("what waited kept it awake", enabled | ~was["waited"])
        self.leaves("FFclk-ug alone falls", enable | ~ungate, 1)
        self.reaches("a spike is lost", lost)
        self.reaches("a spike on the tick of sleep", dut.sleep & rises & enable)
        self.reaches("sleep with nothing left", was["slept"] & enabled & ~enable)
        self.reaches("the clock is let through, and a spike waits", ungate & pending)


PROOF = WakeupProof
