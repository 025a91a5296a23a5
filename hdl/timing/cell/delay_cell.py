"""Delay cell: whatever a line does, it does again a fixed time later.

Ref: Stuijt 2021, section 2.4 and Fig. 3B. In ``cell`` it is the cell itself.
"""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.cells import delayed
from goldspike.hdl.trace import cell_trace_ports, pack
from goldspike.model.timing.delay_cell import DelayCellParams

__all__ = ["DelayCell"]


class DelayCell(wiring.Component):
    """A bank of delay cells. Latency `delay` picoseconds; pulses of 1 ps and more pass.

    Equal, to the picosecond, to
    :meth:`goldspike.model.timing.delay_cell.DelayCellModel.run_levels`.

    Members
    -------
    rst : In(1)
        Of the other circuits; the cell has nothing to reset.
    level : In(width)
        The lines.
    delayed : Out(width)
        The lines `delay` picoseconds later.
    """

    rst: Signal
    level: Signal
    delayed: Signal
    trace_word: Signal

    def __init__(self, params: DelayCellParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "rst": In(1),
                "level": In(params.width),
                "delayed": Out(params.width),
                **cell_trace_ports(params.cell_trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        m.d.comb += self.delayed.eq(delayed(m, "line", self.entering(m), self.params.delay))
        if self.trace:
            m.d.comb += self.trace_word.eq(pack(self.params.cell_trace, output=self.delayed))
        return m

    def entering(self, m: Module) -> Value:
        """Return what enters the cells."""
        return self.level
