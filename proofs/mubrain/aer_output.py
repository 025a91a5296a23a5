"""Proof of the AER output: its arbiter's properties, and one event for every grant."""

from typing import ClassVar

from amaranth.hdl import Module, Mux, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.aer_output import AerOutput
from goldspike.model.mubrain.aer_output import AerOutputParams
from goldspike.model.mubrain.arbiter import Policy
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams
from goldspike.proofs.mubrain.arbiter import ArbiterProof

__all__ = ["PROOF", "AerOutputProof"]

FAST = MultiPhaseOscillatorParams(load=1, select=1, access=1, recover=1)
LATE = MultiPhaseOscillatorParams(load=1, select=1, access=4, recover=1)


@bug_in(AerOutput)
def drops_events(m, dut, inside):
    """Send no event of the first line."""
    with m.If(dut.arbiter.access_phase & (dut.arbiter.address == 0)):
        m.d.sync += inside("remaining").eq(0)


@bug_in(AerOutput)
def falls_early(m, dut, inside):
    """Keep the strobe up for a tick less."""
    with m.If(dut.arbiter.access_phase):
        m.d.sync += inside("remaining").eq(dut.params.hold - 1)


@bug_in(AerOutput)
def forgets_the_address(m, dut, inside):
    """Show the address of the next event as soon as it is selected."""
    m.d.sync += dut.address.eq(dut.arbiter.address)


@bug_in(AerOutput)
def sleeps(m, dut, inside):
    """Rest while the strobe is up."""
    m.d.comb += dut.busy.eq(dut.arbiter.busy)


@bug_in(AerOutput)
def sticks(m, dut, inside):
    """Stay up forever after too long a hold."""
    remaining = inside("remaining")
    with m.If(remaining > dut.params.hold):
        m.d.sync += remaining.eq(remaining)


class AerOutputProof(ArbiterProof):
    """One arbitrary line, from its spikes to its events."""

    rtl = AerOutput
    at = "arbiter."
    configs: ClassVar = {
        "1-fast": AerOutputParams(lines=1, hold=2, oscillator=FAST),
        "3-linear-short": AerOutputParams(lines=3, hold=1, policy=Policy.LINEAR, oscillator=FAST),
        "2-late": AerOutputParams(lines=2, hold=6, oscillator=LATE),
        "2-long": AerOutputParams(lines=2, hold=9),
        "10": AerOutputParams(lines=10),
        "65-long": AerOutputParams(lines=65, hold=9),
    }
    quick = ("1-fast", "3-linear-short", "2-late")
    search = 24
    bugs: ClassVar = {
        "every spike has its event or its merge, or waits": drops_events,
        "the strobe is up for the time it is to hold": falls_early,
        "the address stays while the strobe is up": forgets_the_address,
        "busy while the strobe is up": sleeps,
        "a strobe that is up too long falls": sticks,
    }

    def properties(self, m: Module) -> None:
        """Follow one line's spikes behind the arbiter."""
        super().properties(m)
        dut, hold = self.dut, self.params.hold
        lane = self.lane
        up_for = Signal(range(hold + 2))  # ticks for which the strobe has been up
        event = Signal()
        last = Signal.like(dut.address)
        down = Signal(init=1)
        before = Signal()
        owed = Signal(4)
        merged = dut.merged.bit_select(lane, 1)
        rose = dut.spikes.bit_select(lane, 1) & ~before
        m.d.comb += event.eq(dut.strobe & down)
        begun = event & (dut.address == lane)
        m.d.sync += [
            down.eq(~dut.strobe),
            last.eq(dut.address),
            before.eq(dut.spikes.bit_select(lane, 1)),
            owed.eq(owed - merged - begun + rose),
        ]
        with m.If(dut.strobe):
            m.d.sync += up_for.eq(up_for + 1)
        with m.Else():
            m.d.sync += up_for.eq(0)
        waits = dut.arbiter.detector.pending.bit_select(lane, 1)
        self.holds(
            "every spike has its event or its merge, or waits", owed - merged - begun == waits
        )
        self.holds(
            "the strobe is up for the time it is to hold",
            (up_for <= hold) & (dut.strobe | (up_for == 0) | (up_for == hold)),
        )
        self.holds(
            "the address stays while the strobe is up", ~dut.strobe | event | (dut.address == last)
        )
        self.holds("busy while the strobe is up", dut.busy | ~dut.strobe)
        remaining, access = self.inside("remaining"), dut.arbiter.oscillator.last_counts()[2]
        self.helps("an up is counted", down == (up_for == 0))
        self.helps("the rest of the hold", ~dut.strobe | (remaining + up_for == hold))
        since = self.count - access - 1
        oldest = self.count + self.rules.oscillator.recover
        age = Mux(self.count > access, up_for == since, up_for >= oldest)
        self.helps("the strobe is as old as the grant", ~dut.strobe | age)
        self.helps(
            "the line was seen",
            before == self.inside("arbiter.detector.sampled").bit_select(lane, 1),
        )
        self.leaves("a strobe that is up too long falls", remaining <= hold, 1 << len(remaining))
        self.reaches("an event of the last line", event & (dut.address == self.params.lines - 1))
        self.reaches("an event ends", ~dut.strobe & (up_for == hold))


PROOF = AerOutputProof
