"""Router: five queues in, five links out, x before y, round robin per output.

Ref: Merolla 2014, Akopyan 2015; see :mod:`goldspike.model.truenorth.router`.
"""

from functools import reduce
from operator import or_
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.truenorth.packet_queue import PacketQueue
from goldspike.hdl.verilog import name_ports, repeat
from goldspike.model.truenorth.router import NORTH, PORTS, RouterParams

__all__ = ["Router"]


class Router(wiring.Component):
    """Latency 1 to an output that is free; a packet per link and tick.

    Bit-exact against :class:`goldspike.model.truenorth.router.RouterModel`. Ports are local, west,
    east, south, north, the first one lowest in every bundle; a packet is, from its lowest bit, dx 9
    and dy 9 (signed), slot 4, axon. All outputs depend on registers only.

    Members
    -------
    in_valid : In(5), in_data : In(5 * packet_bits), in_ready : Out(5)
        A packet is taken by an input on a tick on which both its lines are up.
    out_valid : Out(5), out_data : Out(5 * packet_bits), out_ready : In(5)
        A packet, a hop nearer already, leaves by an output on a tick on which both its lines are
        up; until then what is shown may change. 0 without a packet.
    busy : Out(1)
        A queue holds a packet.
    """

    in_valid: Signal
    in_data: Signal
    out_ready: Signal
    in_ready: Signal
    out_valid: Signal
    out_data: Signal
    busy: Signal

    def __init__(self, params: RouterParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        bits = params.packet_bits
        super().__init__(
            {
                "in_valid": In(5),
                "in_data": In(5 * bits),
                "out_ready": In(5),
                "in_ready": Out(5),
                "out_valid": Out(5),
                "out_data": Out(5 * bits),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        bits = self.params.packet_bits
        queues = repeat(m, platform, "queue", PacketQueue, self.params.queue, len(PORTS))
        wanted, moved = [], []
        for k, queue in enumerate(queues):
            m.d.comb += [
                queue.in_valid.eq(self.in_valid[k]),
                queue.in_data.eq(self.in_data.word_select(k, bits)),
                self.in_ready[k].eq(queue.in_ready),
            ]
            goal, packet = self.hop(m, queue, PORTS[k])
            wanted.append(goal)
            moved.append(packet)
        m.d.comb += self.busy.eq(Cat(queue.out_valid for queue in queues).any())

        leaves = Signal(len(PORTS))
        m.d.comb += leaves.eq(self.out_valid & self.out_ready)
        taken, last = [], []
        for k, name in enumerate(PORTS):
            asking = Signal(len(PORTS), name=f"asking_{name}")
            shown = Signal(len(PORTS), name=f"shown_{name}")  # 1-hot, or 0
            sent_last = Signal(range(len(PORTS)), init=NORTH, name=f"sent_last_{name}")
            m.d.comb += [
                asking.eq(Cat(goal[k] for goal in wanted)),
                shown.eq(self.choose(asking, sent_last)),
                self.out_valid[k].eq(asking.any()),
                self.out_data.word_select(k, bits).eq(
                    reduce(or_, (Mux(s, p, 0) for s, p in zip(shown, moved, strict=True)))
                ),
            ]
            with m.If(leaves[k]):
                m.d.sync += sent_last.eq(
                    Cat(shown[1] | shown[3], shown[2] | shown[3], shown[4])  # its number
                )
            taken.append(Mux(leaves[k], shown, 0))
            last.append(sent_last)
        for k, queue in enumerate(queues):
            m.d.comb += queue.out_ready.eq(Cat(sources[k] for sources in taken).any())
        if self.trace:
            self.drive(m, queues, last, leaves)
        return m

    def hop(self, m: Module, queue: Any, name: str) -> tuple[Signal, Signal]:
        """Return which output a queue's head wants, 1-hot or 0, and the head a hop further."""
        dx, dy = queue.out_data[:9].as_signed(), queue.out_data[9:18].as_signed()
        goal = Signal(len(PORTS), name=f"goal_{name}")
        packet = Signal(self.params.packet_bits, name=f"moved_{name}")
        local, west, east, south, north = (Signal(name=f"{to}_from_{name}") for to in PORTS)
        m.d.comb += [
            west.eq(self.turns_west(dx, dy)),
            east.eq(self.turns_east(dx, dy)),
            south.eq((dx == 0) & (dy < 0)),
            north.eq((dx == 0) & (dy > 0)),
            local.eq(queue.out_valid & (dx == 0) & (dy == 0)),  # no packet reads 0
            goal.eq(Cat(local, west, east, south, north)),
            packet.eq(Cat((dx + west - east)[:9], (dy + south - north)[:9], queue.out_data[18:])),
        ]
        return goal, packet

    def turns_west(self, dx: Value, dy: Value) -> Value:
        """Return whether a packet goes west."""
        return dx < 0

    def turns_east(self, dx: Value, dy: Value) -> Value:
        """Return whether a packet goes east."""
        return dx > 0

    def choose(self, asking: Value, sent_last: Value) -> Value:
        """Return the input that comes next after the one sent last, 1-hot or 0."""
        later = asking & (0b11110 << sent_last)[: len(PORTS)]
        waiting = Mux(later.any(), later, asking)
        return (waiting & -waiting)[: len(PORTS)]

    def drive(self, m: Module, queues: list[Any], last: list[Signal], leaves: Signal) -> None:
        """Drive the trace port with what there was as the tick began."""
        layout = self.params.trace
        word = Signal(layout.width)
        m.d.sync += word.eq(
            pack(
                layout,
                fill=[queue.fill for queue in queues],
                head=[queue.out_data for queue in queues],
                sent_last=last,
                leaves=list(leaves),
            )
        )
        drive_trace(m, self, self.busy, word)
