"""Proof of the on-demand oscillator: whole periods, one at a time, with edges in time."""

from typing import ClassVar

from amaranth.hdl import Module, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.timing.oscillator import Oscillator
from goldspike.model.timing.oscillator import OscillatorParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "OscillatorProof"]


@bug_in(Oscillator)
def stops(m, dut, inside):
    """Stop with the enable."""
    m.d.comb += dut.busy.eq(dut.enable)


@bug_in(Oscillator)
def sags(m, dut, inside):
    """Let the clock fall as soon as no request is up."""
    with m.If(~dut.enable):
        m.d.sync += dut.clock.eq(0)


@bug_in(Oscillator)
def rises_early(m, dut, inside):
    """Rise with the ring's first rise, whatever the divider says, and again in every round."""
    m.d.comb += dut.rises.eq(inside("ring_falls") | inside("ring_rises"))


@bug_in(Oscillator)
def sticks(m, dut, inside):
    """Stay beyond the round."""
    count = inside("count")
    with m.If((count >= dut.params.round) | (inside("rounds") >= dut.params.divide)):
        m.d.sync += [count.eq(count), inside("rounds").eq(inside("rounds"))]


@bug_in(Oscillator)
def hangs(m, dut, inside):
    """Leave the clock up at rest if it is."""
    with m.If(~dut.rises & ~dut.falls):
        m.d.sync += dut.clock.eq(dut.clock)


class OscillatorProof(Proof):
    """Against one counter of the ticks of a period."""

    rtl = Oscillator
    configs: ClassVar = {
        "neuron": OscillatorParams(low=1, high=1),
        "uneven-by-3": OscillatorParams(low=3, high=1, divide=3),
        "uneven-by-2": OscillatorParams(low=1, high=4, divide=2),
        "synapse": OscillatorParams(low=4, high=4),
        "synapse-divided": OscillatorParams(low=1, high=1, divide=4),
        "neuron-34": OscillatorParams(low=17, high=17),
        "synapse-140": OscillatorParams(low=14, high=14, divide=5),
    }
    quick = ("neuron", "uneven-by-3", "synapse-divided")
    bugs: ClassVar = {
        "a period once begun is finished": stops,
        "the clock is up in the second part of a period, and only then": sags,
        "rises and falls report the clock's changes": rises_early,
        "counters beyond the period run out": sticks,
        "the clock comes back to its phase": hangs,
    }

    def properties(self, m: Module) -> None:
        """Count through the period."""
        dut, params = self.dut, self.params
        count, rounds = self.inside("count"), self.inside("rounds")
        over = Signal(range(params.period))  # ticks of the period that are over
        runs = Signal()
        m.d.comb += runs.eq((over != 0) | dut.enable)
        with m.If(runs):
            m.d.sync += over.eq(over + 1)
        with m.If(over == params.period - 1):
            m.d.sync += over.eq(0)
        was_up = Signal()
        rose = Signal()
        fell = Signal()
        m.d.sync += [was_up.eq(dut.clock), rose.eq(dut.rises), fell.eq(dut.falls)]

        up = over >= params.low_phase
        self.holds("a period once begun is finished", dut.busy == runs)
        self.holds("the clock is up in the second part of a period, and only then", dut.clock == up)
        changed = (rose == (dut.clock & ~was_up)) & (fell == (~dut.clock & was_up))
        self.holds("rises and falls report the clock's changes", changed | self.just_reset(m))
        self.helps("counters and period agree", over == (rounds * params.round + count))
        within = (count < params.round) & (rounds < params.divide)
        self.helps("counters stay within", within & (over < params.period))
        now = rounds * params.round + count
        longest = (1 << len(count)) + (1 << len(rounds)) * params.round + params.period
        if longest < 300:
            self.leaves("counters beyond the period run out", within, longest)
            phase = dut.clock == (now >= params.low_phase)
            self.leaves("the clock comes back to its phase", within & phase, longest)
        self.reaches("a period follows another", fell & runs)
        self.reaches("rest after a period", fell & ~runs)
        self.reaches("the enable is gone while the clock is up", dut.clock & ~dut.enable)

    def just_reset(self, m: Module) -> Signal:
        """Return whether no tick has passed since reset."""
        running = Signal()
        fresh = Signal()
        m.d.sync += running.eq(1)
        m.d.comb += fresh.eq(~running)
        return fresh


PROOF = OscillatorProof
