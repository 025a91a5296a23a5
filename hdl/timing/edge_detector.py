"""Input edge detector: a rising edge leaves a spike pending until it is taken.

Ref: Stuijt 2021, section 2.3, Fig. 2A. One register samples the line, one keeps the spike: there is
no clear pulse, hence no window in which an edge could die.
"""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.timing.edge_detector import EdgeDetectorParams

__all__ = ["EdgeDetector"]


class EdgeDetector(wiring.Component):
    """A bank of edge detectors. Latency 1 tick, throughput 1 edge per two ticks and line.

    Bit-exact against :class:`goldspike.model.timing.edge_detector.EdgeDetectorModel`.

    Members
    -------
    level : In(inputs)
        The lines; each high and each low lasts at least one tick.
    taken : In(inputs)
        Lines whose waiting spike is taken on this tick.
    edges : Out(inputs)
        Combinational: lines with a rising edge on this tick.
    pending : Out(inputs)
        Lines on which a spike waits.
    merged : Out(inputs)
        One tick high after an edge on a line whose spike still waited.
    merging : Out(1)
        Combinational: some edge merges on this tick.
    """

    level: Signal
    taken: Signal
    edges: Signal
    pending: Signal
    merged: Signal
    merging: Signal

    def __init__(self, params: EdgeDetectorParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        n = params.inputs
        super().__init__(
            {
                "level": In(n),
                "taken": In(n),
                "edges": Out(n),
                "pending": Out(n),
                "merged": Out(n),
                "merging": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def next_pending(self, edge: Value) -> Value:
        """Return what is pending after this tick: an edge survives a take on the same tick."""
        return (self.pending & ~self.taken) | edge

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        sampled = Signal(self.params.inputs)
        merges = Signal(self.params.inputs)
        m.d.comb += [
            self.edges.eq(self.level & ~sampled),
            merges.eq(self.edges & self.pending & ~self.taken),
            self.merging.eq(merges.any()),
        ]
        m.d.sync += [
            sampled.eq(self.level),
            self.pending.eq(self.next_pending(self.edges)),
            self.merged.eq(merges),
        ]
        if self.trace:
            happens = self.edges.any() | self.taken.any()
            edge = Signal.like(self.edges)
            merging = Signal()
            m.d.sync += [edge.eq(self.edges), merging.eq(self.merging)]
            word = pack(
                self.params.trace,
                pending=self.pending,
                merged=self.merged,
                edge=edge,
                merging=merging,
            )
            drive_trace(m, self, happens, word)
        return m
