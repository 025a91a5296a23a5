"""AER output: the spikes of the last layer leave one by one, as an address and a strobe.

Ref: Stuijt 2021, section 2.2, Fig. 1B.
"""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.mubrain.arbiter import Arbiter
from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.mubrain.aer_output import AerOutputParams

__all__ = ["AerOutput"]


class AerOutput(wiring.Component):
    """Sends spikes one by one. The strobe rises with the grant and stays up for `hold` ticks.

    Bit-exact against :class:`goldspike.model.mubrain.aer_output.AerOutputModel`.

    Members
    -------
    spikes : In(lines)
        Input lines; each high and each low lasts at least one tick.
    clear : In(1)
        Start the search at line 0 again; given while not busy.
    address : Out(range(lines))
        Which line spiked; valid while the strobe is up. It keeps until the next one.
    strobe : Out(1)
        Up for `hold` ticks per spike.
    merged : Out(lines)
        One tick high after a spike that merged with its predecessor, which still waited.
    busy : Out(1)
        An oscillation of the arbiter is under way, the strobe is up, or a clear is given.
    """

    spikes: Signal
    clear: Signal
    address: Signal
    strobe: Signal
    merged: Signal
    busy: Signal

    def __init__(self, params: AerOutputParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "spikes": In(params.lines),
                "clear": In(1),
                "address": Out(params.arbiter.address_bits),
                "strobe": Out(1),
                "merged": Out(params.lines),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )
        self.arbiter = Arbiter(params.arbiter)

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        m.submodules.arbiter = arbiter = self.arbiter
        remaining = Signal(range(self.params.hold + 1))
        falls = Signal()
        m.d.comb += [
            arbiter.spikes.eq(self.spikes),
            arbiter.clear.eq(self.clear),
            self.merged.eq(arbiter.merged),
            self.strobe.eq(remaining != 0),
            falls.eq(remaining == 1),
            self.busy.eq(arbiter.busy | self.strobe | arbiter.grant | self.clear),
        ]
        with m.If(arbiter.access_phase):
            m.d.sync += [remaining.eq(self.params.hold), self.address.eq(arbiter.address)]
        with m.Elif(self.strobe):
            m.d.sync += remaining.eq(remaining - 1)

        if self.trace:
            word = pack(
                self.params.trace, strobe=self.strobe, address=self.address, merged=self.merged
            )
            drive_trace(m, self, arbiter.access_phase | falls | arbiter.merging, word)
        return m
