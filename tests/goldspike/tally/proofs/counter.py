"""Proof of the counter: it moves by one, or stays."""

from typing import ClassVar

from amaranth.hdl import Module, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.tally.counter import Counter
from goldspike.model.tally.counter import CounterParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "CounterProof"]


@bug_in(Counter)
def sticks(m, dut, inside):
    """Stay at the highest count."""
    with m.If(dut.count.all()):
        m.d.sync += dut.count.eq(dut.count)


class CounterProof(Proof):
    """The count against the one before."""

    rtl = Counter
    configs: ClassVar = {"3": CounterParams(bits=3)}
    quick = ("3",)
    bugs: ClassVar = {"the count moves by one if the input is up": sticks}

    def properties(self, m: Module) -> None:
        """Remember the last count and input."""
        before, was_up = Signal(self.params.bits), Signal()
        m.d.sync += [before.eq(self.dut.count), was_up.eq(self.dut.up)]
        moved = (before + was_up)[: self.params.bits]
        self.holds("the count moves by one if the input is up", self.dut.count == moved)
        self.reaches("the count wraps", before.all() & (self.dut.count == 0))


PROOF = CounterProof
