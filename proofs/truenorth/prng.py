"""Proof of the PRNG: draws shift bit by bit, as often as they should, and never end at 0."""

from typing import ClassVar

from amaranth.hdl import Module, Mux, Signal, Value

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.prng import Prng
from goldspike.model.truenorth.prng import PrngParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "PrngProof"]


@bug_in(Prng)
def shifts_less(m, dut, inside):
    """Let the last bit that is shifted out come back through no tap."""
    m.d.comb += inside("out_once")[-1].eq(0)


@bug_in(Prng)
def repeats(m, dut, inside):
    """Give the first draw twice."""
    m.d.comb += dut.second.eq(dut.first)


@bug_in(Prng)
def goes_on(m, dut, inside):
    """Draw on every tick without a seed."""
    with m.If(~dut.load & (dut.take == 0)):
        m.d.sync += dut.state.eq(inside("after_once"))


@bug_in(Prng)
def ignores(m, dut, inside):
    """Ignore a seed that comes with a draw."""
    with m.If(dut.take == 1):
        m.d.sync += dut.state.eq(inside("after_once"))


@bug_in(Prng)
def dies(m, dut, inside):
    """Shift without taps."""
    with m.If(~dut.load & (dut.take == 1)):
        m.d.sync += dut.state.eq(dut.state >> dut.params.shifts)


class PrngProof(Proof):
    """Any seeds but 0, any draws."""

    rtl = Prng
    configs: ClassVar = {
        "2": PrngParams(bits=2, taps=0b11, shifts=1, draw_bits=2),
        "5": PrngParams(bits=5, taps=0b10100, shifts=3, draw_bits=5),
        "17": PrngParams(bits=17, taps=0x12000, shifts=40, draw_bits=17),
        "32": PrngParams(draw_bits=32),
    }
    quick = ("5", "17")
    search = 6
    bugs: ClassVar = {
        "a draw shifts bit by bit": shifts_less,
        "the second draw comes after the first": repeats,
        "the register changes with draws and seeds": goes_on,
        "a seed wins over draws": ignores,
        "the register is never 0": dies,
    }

    def properties(self, m: Module) -> None:
        """Compare the register with what it was on the tick before."""
        dut, params = self.dut, self.params
        before, seed = Signal(params.bits, init=1), Signal(params.bits, init=1)
        loaded, taken = Signal(), Signal(2)
        m.d.sync += [
            before.eq(dut.state), seed.eq(dut.seed), loaded.eq(dut.load), taken.eq(dut.take),
        ]  # fmt: skip
        low = (1 << params.draw_bits) - 1
        drawn = [Signal(params.draw_bits, name=f"drawn_{k}") for k in (1, 2)]  # a tick before
        m.d.sync += [drawn[0].eq(dut.first), drawn[1].eq(dut.second)]
        expected = Mux(taken == 1, drawn[0], drawn[1])
        self.assumes("no seed of 0", dut.seed.any())
        self.assumes("two draws at most", dut.take < 3)
        self.holds(
            "a draw shifts bit by bit", dut.first == (self.shifted(m, "once", dut.state) & low)
        )
        self.holds(
            "the second draw comes after the first",
            dut.second == (self.shifted(m, "twice", self.inside("after_once")) & low),
        )
        self.holds(
            "the register changes with draws and seeds",
            loaded | Mux(taken == 0, dut.state == before, dut.state & low == expected),
        )
        self.holds("a seed wins over draws", ~loaded | (dut.state == seed))
        self.holds("the register is never 0", dut.state.any())
        self.reaches("two draws, then one", (taken == 2) & ~loaded & (dut.take == 1))

    def shifted(self, m: Module, name: str, state: Value) -> Value:
        """Return the register after the shifts of a draw, one by one."""
        for k in range(self.params.shifts):
            after = Signal(self.params.bits, name=f"{name}_{k}")
            m.d.comb += after.eq((state >> 1) ^ Mux(state[0], self.params.taps, 0))
            state = after
        return state


PROOF = PrngProof
