"""Proof of the delay cell: a level leaves as long after it entered as the delay says."""

from typing import ClassVar

from amaranth.hdl import Module, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.timing.delay_cell import DelayCell
from goldspike.model.timing.delay_cell import DelayCellParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "DelayCellProof"]


@bug_in(DelayCell)
def swallows(m, dut, inside):
    """Let no pulse of one tick in."""
    held = Signal(dut.params.width)
    m.d.sync += held.eq(dut.level)
    m.d.sync += inside("inside")[: dut.params.width].eq(dut.level & held)


@bug_in(DelayCell)
def sleeps(m, dut, inside):
    """Look at the input only."""
    m.d.comb += dut.busy.eq(dut.level != inside("inside")[: dut.params.width])


class DelayCellProof(Proof):
    """Any level of any line, marked as it enters on any tick."""

    rtl = DelayCell
    configs: ClassVar = {
        f"{width}x{delay}": DelayCellParams(width=width, delay=delay)
        for width, delay in ((1, 1), (7, 2), (16, 10), (65, 5), (1, 200))
    }
    quick = ("1x1", "7x2")
    bugs: ClassVar = {
        "a level leaves when its delay is over": swallows,
        "at rest the outputs are the inputs": sleeps,
    }

    def properties(self, m: Module) -> None:
        """Follow one level on its way."""
        dut, width, delay = self.dut, self.params.width, self.params.delay
        line = self.any_value("line", width)
        enters = self.any_event("enters")
        age = Signal(range(delay + 1))  # ticks since the marked level entered; 0: none marked
        level = Signal()
        with m.If((age == 0) | (age == delay)):
            m.d.sync += [age.eq(enters), level.eq(dut.level.bit_select(line, 1))]
        with m.Else():
            m.d.sync += age.eq(age + 1)
        self.holds(
            "a level leaves when its delay is over",
            (age != delay) | (dut.delayed.bit_select(line, 1) == level),
        )
        self.holds("at rest the outputs are the inputs", dut.busy | (dut.delayed == dut.level))
        self.helps("ages end", age <= delay)
        place = ((age - 1) * width + line)[: len(self.inside("inside")).bit_length()]
        there = self.inside("inside").bit_select(place, 1) == level
        self.helps("the level is where it has come to", (age == 0) | there)
        self.reaches("a high leaves into a low", (age == delay) & level & ~dut.level.any())
        self.reaches("rest with a line up", ~dut.busy & dut.delayed.any())

    @property
    def search(self) -> int:  # type: ignore[override]
        """Ticks from reset within which everything can happen."""
        return 3 * self.params.delay + 8


PROOF = DelayCellProof
