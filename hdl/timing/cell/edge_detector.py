"""Input edge detector: a rising edge leaves a spike pending until it is taken.

Ref: Stuijt 2021, section 2.3 and Fig. 2C. Two flip-flops per line: `asked`, clocked by the spike,
and `served`, clocked by the take; a spike waits while they differ. There is no clear pulse, hence
no window in which an edge could die: an edge next to a take is either merged or a new spike.
"""

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.cells import clocked
from goldspike.hdl.trace import cell_trace_ports, pack
from goldspike.model.timing.edge_detector import EdgeDetectorParams

__all__ = ["EdgeDetector"]


class EdgeDetector(wiring.Component):
    """A bank of edge detectors without a clock; latency 0.

    Equal, to the picosecond, to :class:`goldspike.model.timing.edge_detector.EdgeDetectorModel`.

    Members
    -------
    rst : In(1)
        Nothing is pending while it is up.
    level : In(inputs)
        The lines: each is a clock.
    taken : In(inputs)
        A rising edge takes the spike that waits on the line: each is a clock.
    pending : Out(inputs)
        Lines on which a spike waits.
    merges : Out(inputs), only with ``trace=True``
        A line of it changes with every edge that merges.
    """

    rst: Signal
    level: Signal
    taken: Signal
    pending: Signal
    merges: Signal
    trace_word: Signal

    def __init__(self, params: EdgeDetectorParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        n = params.inputs
        super().__init__(
            {
                "rst": In(1),
                "level": In(n),
                "taken": In(n),
                "pending": Out(n),
                **({"merges": Out(n)} if trace else {}),
                **cell_trace_ports(params.cell_trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        pending, merges, takes = [], [], []
        for k in range(self.params.inputs):
            asked, served = Signal(name=f"asked_{k}"), Signal(name=f"served_{k}")
            spike = clocked(m, f"spike_{k}", self.level[k], self.rst)
            take = clocked(m, f"take_{k}", self.taken[k], self.rst)
            m.d[spike] += asked.eq(~served)
            m.d[take] += served.eq(self.next_served(asked, served))
            waiting = Signal(name=f"waiting_{k}")
            m.d.comb += waiting.eq(asked ^ served)
            pending.append(waiting)
            if self.trace:
                merge, taken = Signal(name=f"merge_{k}"), Signal(name=f"taken_{k}")
                m.d[spike] += merge.eq(merge ^ waiting)
                m.d[take] += taken.eq(~taken)
                merges.append(merge)
                takes.append(taken)
        m.d.comb += self.pending.eq(Cat(pending))
        if self.trace:
            word = pack(
                self.params.cell_trace, pending=self.pending, merges=self.merges, takes=Cat(takes)
            )
            # inverted twice: an alias of registers would reach a parent as a port without a name
            m.d.comb += [self.merges.eq(~~Cat(merges)), self.trace_word.eq(word)]
        return m

    def next_served(self, asked: Value, served: Value) -> Value:
        """Return what a take leaves behind: as many spikes served as asked for."""
        return asked
