"""Proof of the edge detector: no edge is lost or invented, merges are reported, ties are kept."""

from typing import ClassVar

from amaranth.hdl import Module, Mux, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.timing.edge_detector import EdgeDetector
from goldspike.model.timing.edge_detector import EdgeDetectorParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "EdgeDetectorProof"]


@bug_in(EdgeDetector)
def loses_ties(m, dut, inside):
    """Let the take win over an edge on the same tick."""
    m.d.sync += dut.pending.eq((dut.pending | dut.edges) & ~dut.taken)


@bug_in(EdgeDetector)
def merges_ties(m, dut, inside):
    """Tell a merge of an edge that comes as the spike is taken."""
    m.d.sync += dut.merged.eq(dut.edges & dut.pending)


@bug_in(EdgeDetector)
def drops_the_flag(m, dut, inside):
    """Never say that something merges."""
    m.d.comb += dut.merging.eq(0)


class EdgeDetectorProof(Proof):
    """One arbitrary line, against a count of its edges, takes and merges."""

    rtl = EdgeDetector
    configs: ClassVar = {str(n): EdgeDetectorParams(inputs=n) for n in (1, 7, 16, 65, 512)}
    quick = ("1", "7")
    bugs: ClassVar = {
        "edges are taken, merged or pending": loses_ties,
        "a merge is reported when an edge meets a waiting spike": merges_ties,
        "merging is reported on the tick of a merge": drops_the_flag,
    }

    def properties(self, m: Module) -> None:
        """Follow one line."""
        dut = self.dut
        line = self.any_value("line", self.params.inputs)
        level, taken, pending, merged, edge = (
            port.bit_select(line, 1)
            for port in (dut.level, dut.taken, dut.pending, dut.merged, dut.edges)
        )
        before = Signal()
        rose = Signal()
        was_waiting = Signal()
        was_taken = Signal()
        told = Signal()
        owed = Signal(4)  # edges that were neither taken nor reported as merged so far
        m.d.sync += [
            before.eq(level),
            rose.eq(level & ~before),
            was_waiting.eq(pending),
            was_taken.eq(taken),
            told.eq(dut.merging),
            owed.eq(owed - merged + (level & ~before) - Mux(pending, taken, 0)),
        ]
        self.holds("edges are taken, merged or pending", owed - merged == pending)
        self.holds(
            "a merge is reported when an edge meets a waiting spike",
            merged == (rose & was_waiting & ~was_taken),
        )
        self.holds("merging is reported on the tick of a merge", told == dut.merged.any())
        self.helps("the line was sampled", before == self.inside("sampled").bit_select(line, 1))
        self.reaches("a merge", merged)
        self.reaches("an edge on the tick of a take", pending & edge & taken)
        self.reaches("a take without an edge", pending & ~edge & taken)


PROOF = EdgeDetectorProof
