"""Queue of packets in front of a router's input.

Ref: Akopyan 2015; see :mod:`goldspike.model.truenorth.packet_queue`.
"""

from amaranth.hdl import Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.truenorth.packet_queue import PacketQueueParams

__all__ = ["PacketQueue"]


class PacketQueue(wiring.Component):
    """First in, first out. Latency 1; a packet per tick, with depth 1 every other tick.

    Bit-exact against :class:`goldspike.model.truenorth.packet_queue.PacketQueueModel`. A shift
    register: what lies behind the last packet is 0. All outputs depend on registers only.

    Members
    -------
    in_valid : In(1), in_data : In(bits), in_ready : Out(1)
        A packet is taken on a tick on which both are up; `in_ready`: there is room as the tick
        begins, whatever leaves on it.
    out_valid : Out(1), out_data : Out(bits), out_ready : In(1)
        The first packet, 0 while there is none; it leaves on a tick on which both are up.
    fill : Out(range(depth + 1))
        How many packets there are.
    """

    in_valid: Signal
    in_data: Signal
    out_ready: Signal
    in_ready: Signal
    out_valid: Signal
    out_data: Signal
    fill: Signal

    def __init__(self, params: PacketQueueParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "in_valid": In(1),
                "in_data": In(params.bits),
                "out_ready": In(1),
                "in_ready": Out(1),
                "out_valid": Out(1),
                "out_data": Out(params.bits),
                "fill": Out(params.fill_bits),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        depth, bits = self.params.depth, self.params.bits
        packets = [Signal(bits, name=f"packet_{k}") for k in range(depth)]
        takes = Signal()
        leaves = Signal()
        last = Signal.like(self.fill)  # where a packet that is taken goes
        m.d.comb += [
            self.in_ready.eq(self.fill < depth),
            self.out_valid.eq(self.fill != 0),
            self.out_data.eq(packets[0]),
            takes.eq(self.in_valid & self.in_ready),
            leaves.eq(self.out_valid & self.out_ready),
            last.eq(self.fill - leaves),
        ]
        m.d.sync += self.fill.eq(last + takes)
        for k, (packet, behind) in enumerate(
            zip(packets, [*packets[1:], Const(0, bits)], strict=True)
        ):
            with m.If(leaves):
                m.d.sync += packet.eq(behind)
            with m.If(takes & (last == k)):
                m.d.sync += packet.eq(self.in_data)
        if self.trace:
            word = pack(self.params.trace, fill=self.fill, head=self.out_data)
            drive_trace(m, self, takes | leaves, word)
        return m
