"""Proof of the scan chain: what enters leaves unchanged, once the chain is through."""

from typing import ClassVar

from amaranth.hdl import Cat, Module, Signal

from goldspike.hdl.alwayson.scan_chain import ScanChain
from goldspike.hdl.bugs import bug_in
from goldspike.model.alwayson.scan_chain import ScanChainParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "ScanChainProof"]


@bug_in(ScanChain)
def skips_the_lowest(m, dut, inside):
    """Leave a bit early."""
    with m.If(dut.scan):
        m.d.sync += dut.chain.eq(Cat(dut.held[2:], dut.scan_in))


@bug_in(ScanChain)
def never_rests(m, dut, inside):
    """Shift on every tick."""
    m.d.sync += dut.chain.eq(Cat(dut.held[1:], dut.scan_in))


class ScanChainProof(Proof):
    """Any bits; one of them is followed."""

    rtl = ScanChain
    configs: ClassVar = {
        "one": ScanChainParams(fields=(("bit", 1, 1),)),
        "five": ScanChainParams(fields=(("length", 1, 0), ("divide", 3, 5), ("row", 1, 1))),
        "155": ScanChainParams(fields=(("length", 7, 4), ("row", 20, 0), ("word", 128, 0))),
    }
    quick = ("one", "five")
    search = 12
    bugs: ClassVar = {
        "a bit leaves after as many shifts as the chain is long": skips_the_lowest,
        "without a shift nothing moves": never_rests,
    }

    def properties(self, m: Module) -> None:
        """Mark a bit as it enters, and count its shifts."""
        dut, bits = self.dut, self.params.bits
        marks = self.any_event("marks")
        marked, bit, shifted = Signal(), Signal(), Signal()
        count = Signal(range(bits + 1))
        after_reset = sum(bit << k for k, bit in enumerate(self.params.scanned()))
        held = Signal.like(dut.held, init=after_reset)
        m.d.sync += [held.eq(dut.held), shifted.eq(dut.scan)]
        with m.If(dut.scan):
            with m.If(marked & (count < bits)):
                m.d.sync += count.eq(count + 1)
            with m.Else():
                m.d.sync += [marked.eq(marks), bit.eq(dut.scan_in), count.eq(1)]
        self.holds(
            "a bit leaves after as many shifts as the chain is long",
            ~marked | (count != bits) | (dut.scan_out == bit),
        )
        self.holds("without a shift nothing moves", shifted | (dut.held == held))
        place = (bits - count)[: len(count)]
        self.helps("on its way", ~marked | (dut.held.bit_select(place, 1) == bit))
        self.helps("in the chain", ~marked | ((count > 0) & (count <= bits)))
        if bits < self.search:
            self.reaches("a one leaves", marked & (count == bits) & bit)


PROOF = ScanChainProof
