"""Proof of the multi-phase oscillator: phases in order, each in time, none cut short."""

from itertools import accumulate
from typing import ClassVar

from amaranth.hdl import Array, Const, Module, Signal, Value

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.multi_phase_oscillator import MultiPhaseOscillator
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams, Phase
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "MultiPhaseOscillatorProof", "in_step"]


def in_step(
    count: Value, strobes: tuple[Value, ...], params: MultiPhaseOscillatorParams
) -> list[Value]:
    """Return what counter and strobes have in common: each strobe has its tick of the period."""
    ends = [end - 1 for end in accumulate(params.delays)]
    pairs = zip(strobes, ends, strict=True)
    return [count < params.period, *(strobe == (count == end) for strobe, end in pairs if end)]


@bug_in(MultiPhaseOscillator)
def swaps(m, dut, inside):
    """Swap select and access."""
    count, (_, select, access, _) = inside("count"), dut.last_counts()
    m.d.sync += [dut.select_phase.eq(count == access - 1), dut.access_phase.eq(count == select - 1)]


@bug_in(MultiPhaseOscillator)
def early_load(m, dut, inside):
    """Skip a tick at the beginning where there is one to skip, else load twice."""
    count = inside("count")
    if dut.params.load > 1:
        with m.If((count == 0) & dut.request):
            m.d.sync += count.eq(2)
    else:
        m.d.comb += dut.load_phase.eq(dut.busy & (count <= 1))


@bug_in(MultiPhaseOscillator)
def stops(m, dut, inside):
    """Recover as soon as no request is up."""
    with m.If(~dut.request):
        m.d.sync += inside("count").eq(0)


@bug_in(MultiPhaseOscillator)
def short(m, dut, inside):
    """End a tick early."""
    m.d.sync += dut.recover_phase.eq(inside("count") == dut.last_counts()[3] - 2)


@bug_in(MultiPhaseOscillator)
def idles(m, dut, inside):
    """Hide the last tick."""
    m.d.comb += dut.busy.eq((inside("count") != 0) & ~dut.recover_phase | dut.request)


@bug_in(MultiPhaseOscillator)
def sticks(m, dut, inside):
    """Stay beyond the period."""
    count = inside("count")
    with m.If(count >= dut.params.period):
        m.d.sync += count.eq(count)


class MultiPhaseOscillatorProof(Proof):
    """Against a chain of four delays that hand a pulse on."""

    rtl = MultiPhaseOscillator
    configs: ClassVar = {
        "fast": MultiPhaseOscillatorParams(load=1, select=1, access=1, recover=1),
        "uneven": MultiPhaseOscillatorParams(load=3, select=1, access=5, recover=2),
        "default": MultiPhaseOscillatorParams(),
        "long": MultiPhaseOscillatorParams(load=40, select=30, access=50, recover=20),
    }
    quick = ("fast", "uneven", "default")
    bugs: ClassVar = {
        "load comes in time": early_load,
        "select comes in time": stops,
        "access comes in time": swaps,
        "recover comes in time": short,
        "busy from the request to recover": idles,
        "a counter beyond the period runs out": sticks,
    }

    def properties(self, m: Module) -> None:
        """Follow the pulse through the chain."""
        dut, params = self.dut, self.params
        count = self.inside("count")
        phase = Signal(2)  # whose delay it is
        since = Signal(range(max(params.delays) + 1))  # ticks of it that are over
        runs = Signal()
        due = Signal()
        m.d.comb += [
            runs.eq((phase != 0) | (since != 0) | dut.request),
            due.eq(runs & (since + 1 == Array(params.delays)[phase])),
        ]
        with m.If(due):
            m.d.sync += [phase.eq(phase + 1), since.eq(0)]
        with m.Elif(runs):
            m.d.sync += since.eq(since + 1)

        strobes = (dut.load_phase, dut.select_phase, dut.access_phase, dut.recover_phase)
        for number, strobe in zip(Phase, strobes, strict=True):
            self.holds(
                f"{number.name.lower()} comes in time", strobe == (due & (phase == number.value))
            )
        self.holds("busy from the request to recover", dut.busy == runs)
        done = [0, *accumulate(params.delays)][:4]
        self.helps("counter and chain agree", count == Array(done)[phase] + since)
        self.helps("the chain is in its delay", since < Array(params.delays)[phase])
        for k, condition in enumerate(in_step(count, strobes, params)):
            self.helps(f"in step {k}", condition)
        legal = Const(1)
        for condition in in_step(count, strobes, params):
            legal = legal & condition
        self.leaves("a counter beyond the period runs out", legal, (1 << len(count)) + 2)
        ended = Signal()
        m.d.sync += ended.eq(dut.recover_phase)
        self.reaches("an oscillation follows another", ended & dut.busy)
        self.reaches("rest after an oscillation", ended & ~dut.busy)
        later = dut.load_phase if params.load > 1 else dut.select_phase
        self.reaches("the request is gone before the oscillation ends", later & ~dut.request)


PROOF = MultiPhaseOscillatorProof
