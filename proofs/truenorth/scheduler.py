"""Proof of the scheduler: a spike is read once, in its slot.

One arbitrary bit, of any slot and axon, is followed.
"""

from typing import ClassVar

from amaranth.hdl import Module, Mux, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.scheduler import Scheduler
from goldspike.model.truenorth.scheduler import SLOTS, SchedulerParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "SchedulerProof"]


@bug_in(Scheduler)
def clears_another(m, dut, inside):
    """Clear the slot before the one that is taken."""
    with m.If(dut.sync & ~dut.write & ~dut.clear):
        m.d.sync += inside("counts").eq(inside("counts") & ~(1 << (dut.sync_slot - 1)[:4]))


@bug_in(Scheduler)
def drops(m, dut, inside):
    """Let nothing stay active without a sync."""
    with m.If(~dut.sync):
        m.d.sync += dut.active.eq(0)


@bug_in(Scheduler)
def merges_what_is_taken(m, dut, inside):
    """Find the spikes of a slot that is taken on the same tick."""
    m.d.comb += inside("taken").eq(0)


@bug_in(Scheduler)
def merges_anything(m, dut, inside):
    """Report a merge on ticks without a spike."""
    m.d.comb += dut.merged.eq((inside("kept") & inside("line")).any())


@bug_in(Scheduler)
def survives(m, dut, inside):
    """Let a step begin in spite of a clear."""
    with m.If(dut.sync):
        m.d.sync += dut.active.eq(inside("spikes"))


class SchedulerProof(Proof):
    """Any spikes, steps and clears, on any ticks."""

    rtl = Scheduler
    configs: ClassVar = {
        "one": SchedulerParams(axons=1),
        "3": SchedulerParams(axons=3),
        "16": SchedulerParams(axons=16),
    }
    quick = ("3",)
    search = 8
    bugs: ClassVar = {
        "a spike is active in its slot's next step, and in no other": clears_another,
        "axons stay active until the next step": drops,
        "a merge is of a spike that waits": merges_what_is_taken,
        "no merge without a spike": merges_anything,
        "nothing is active after a clear": survives,
    }

    def properties(self, m: Module) -> None:
        """Follow a bit."""
        dut, axons = self.dut, self.params.axons
        slot, axon = self.any_value("slot", SLOTS), self.any_value("axon", axons)
        written = dut.write & (dut.slot == slot) & (dut.axon == axon)
        taken = dut.sync & (dut.sync_slot == slot)
        waits = Signal()  # the bit is in its slot
        m.d.sync += waits.eq(~dut.clear & (written | (waits & ~taken)))
        due, shown, began, cleared = (Signal() for _ in range(4))
        active = dut.active.bit_select(axon, 1)
        m.d.sync += [
            due.eq(waits), shown.eq(active), began.eq(taken & ~dut.clear), cleared.eq(dut.clear),
        ]  # fmt: skip
        step = Signal()  # a step of any slot began
        m.d.sync += step.eq(dut.sync)
        self.assumes("axons that there are", ~dut.write | (dut.axon < axons))
        self.holds(
            "a spike is active in its slot's next step, and in no other", ~began | (active == due)
        )
        self.holds("axons stay active until the next step", step | cleared | (active == shown))
        self.holds(
            "a merge is of a spike that waits",
            ~written | (dut.merged == (waits & ~taken & ~dut.clear)),
        )
        self.holds("no merge without a spike", dut.write | ~dut.merged)
        self.holds("nothing is active after a clear", ~cleared | ~dut.active.any())
        word = self.contents("slots", slot).bit_select(axon, 1)
        counted = self.inside("counts").bit_select(slot, 1)
        self.helps("what waits", waits == Mux(counted, word, 0))
        self.reaches("a merge", written & dut.merged)
        self.reaches("active, and the next one waits", active & began & waits)


PROOF = SchedulerProof
