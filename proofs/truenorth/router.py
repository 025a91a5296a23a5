"""Proof of the router: any one packet, followed from its input to its output; counts of all.

That a queue keeps packets and their order is proved of the queue; here, that each one leaves by the
output that it wants, once, a hop nearer to its goal, and that the others let it.
"""

from typing import ClassVar

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.packet_queue import PacketQueue
from goldspike.hdl.truenorth.router import Router
from goldspike.model.truenorth.router import EAST, LOCAL, NORTH, PORTS, SOUTH, WEST, RouterParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "RouterProof"]


@bug_in(Router, at=PacketQueue)
def ignores_full_queues(m, queue, inside):
    """Take a packet whenever one comes."""
    m.d.comb += queue.in_ready.eq(1)


@bug_in(Router, Router.turns_east)
def north_first(self, dx, dy):
    """Send a packet north before it goes east."""
    return (dx > 0) & (dy <= 0)


@bug_in(Router, at=PacketQueue)
def overtakes(m, queue, inside):
    """Put a packet in front of the one that waits."""
    with m.If(inside("takes") & (queue.fill == 1)):
        m.d.sync += inside("packet_0").eq(queue.in_data)


@bug_in(Router, Router.hop)
def counts_no_hop(self, m, queue, name):
    """Leave a packet that goes back to the west as it is."""
    goal, packet = Router.hop(self, m, queue, name)
    return goal, Mux(goal[WEST], queue.out_data, packet) if name == PORTS[WEST] else packet


@bug_in(Router)
def forgets_whose_turn_it_is(m, dut, inside):
    """Begin the search for the next packet at the same input every time."""
    m.d.sync += inside("sent_last_east").eq(NORTH)


@bug_in(Router)
def sleeps(m, dut, inside):
    """Say that nothing is left as soon as something leaves."""
    m.d.comb += dut.busy.eq(0)


def distance(packet: Value) -> Value:
    """Return ``|dx| + |dy|``."""
    return abs(packet[:9].as_signed()) + abs(packet[9:18].as_signed())


class RouterProof(Proof):
    """Any packets at any inputs, on any ticks; one of them, any, is marked as it comes."""

    rtl = Router
    configs: ClassVar = {
        "1x1": RouterParams(depth=1, axon_bits=1),
        "2x1": RouterParams(depth=2, axon_bits=1),
        "3x6": RouterParams(depth=3, axon_bits=6),
        "published": RouterParams(),
    }
    quick = ("1x1", "2x1")
    search = 9
    bugs: ClassVar = {
        "no packet is lost, and none doubled": ignores_full_queues,
        "a head is at the output that x before y gives": north_first,
        "packets of an input leave in order, a hop nearer": overtakes,
        "|dx| + |dy| falls with every hop": counts_no_hop,
        "a head waits for at most 4 packets of others": forgets_whose_turn_it_is,
        "busy while a packet is there": sleeps,
    }

    def properties(self, m: Module) -> None:
        """Count all packets, and follow the marked one."""
        dut, depth, bits = self.dut, self.params.depth, self.params.packet_bits
        ports = range(len(PORTS))
        comes, leaves = dut.in_valid & dut.in_ready, dut.out_valid & dut.out_ready
        fills = [self.inside(f"queue_{k}.fill") for k in ports]
        taken = [self.inside(f"queue_{k}.leaves") for k in ports]
        held = Signal(range(5 * depth + 2))
        m.d.sync += held.eq(held + sum(list(comes), start=0) - sum(list(leaves), start=0))

        port = self.any_value("port", len(PORTS))
        fill = Signal.like(fills[0])
        goes = Signal()
        m.d.comb += [fill.eq(Array(fills)[port]), goes.eq(Array(taken)[port])]
        marked, ahead, packet = Signal(), Signal(range(depth + 1)), Signal(bits)
        waited = Signal(range(8))  # packets of others at its output, since it is the first
        goal = self.wanted(m, packet)
        first = Signal()
        m.d.comb += first.eq(marked & (ahead == 0))
        sends = Signal()  # its output sends a packet
        m.d.comb += sends.eq(leaves.bit_select(goal, 1))
        with m.If(comes.bit_select(port, 1) & self.any_event("mark") & ~marked):
            data = dut.in_data.word_select(port, bits)
            m.d.sync += [
                marked.eq(1), ahead.eq(fill - goes), packet.eq(data), waited.eq(0),
            ]  # fmt: skip
        with m.Elif(marked & goes):
            m.d.sync += [marked.eq(ahead != 0), ahead.eq(ahead - (ahead != 0))]
        with m.Elif(first & sends):
            m.d.sync += waited.eq(waited + (waited != 7))

        shown = Signal(bits)
        m.d.comb += shown.eq(dut.out_data.word_select(goal, bits))
        nearer = self.nearer(packet)
        self.holds("no packet is lost, and none doubled", held == sum(fills, start=0))
        self.holds(
            "a head is at the output that x before y gives",
            ~first | (dut.out_valid.bit_select(goal, 1) & (~goes | sends)),
        )
        self.holds(
            "packets of an input leave in order, a hop nearer", ~(first & goes) | (shown == nearer)
        )
        self.holds(
            "|dx| + |dy| falls with every hop",
            ~(first & goes) | (distance(shown) + (goal != LOCAL) == distance(packet)),
        )
        self.holds("a head waits for at most 4 packets of others", waited <= 4)
        self.holds("busy while a packet is there", dut.busy == (held != 0))

        packets = [
            Array(self.inside(f"queue_{k}.packet_{place}") for k in ports)[port]
            for place in range(depth)
        ]
        self.helps("it is there", ~marked | ((ahead < fill) & (Array(packets)[ahead] == packet)))
        last = Array([self.inside(f"sent_last_{name}") for name in PORTS])[goal]
        turn = Mux(last >= port, last - port, last + 5 - port)  # 0 if it was the last to send
        self.helps("its turn comes nearer", ~first | (waited <= Mux(turn == 0, 0, turn)))
        self.helps("it waits only as the first", ~marked | first | (waited == 0))
        for k, name in enumerate(PORTS):
            self.helps(f"the last sender {k}", self.inside(f"sent_last_{name}") < len(PORTS))
            self.helps(f"no more than the depth {k}", fills[k] <= depth)
            for place in range(depth):
                empty = self.inside(f"queue_{k}.packet_{place}") == 0
                self.helps(f"nothing behind the last {k} {place}", (fills[k] > place) | empty)
        self.reaches("a packet has waited for 4", first & goes & (waited == 4))

    def wanted(self, m: Module, packet: Signal) -> Signal:
        """Return the output that a packet wants: x before y."""
        goal = Signal(range(len(PORTS)))
        dx, dy = packet[:9].as_signed(), packet[9:18].as_signed()
        y_goal = Mux(dy > 0, NORTH, Mux(dy < 0, SOUTH, LOCAL))
        m.d.comb += goal.eq(Mux(dx > 0, EAST, Mux(dx < 0, WEST, y_goal)))
        return goal

    def nearer(self, packet: Signal) -> Value:
        """Return a packet a hop further."""
        dx, dy = packet[:9].as_signed(), packet[9:18].as_signed()
        x = Mux(dx > 0, dx - 1, Mux(dx < 0, dx + 1, dx))
        y = Mux(dx != 0, dy, Mux(dy > 0, dy - 1, Mux(dy < 0, dy + 1, dy)))
        return Cat(x[:9], y[:9], packet[18:])


PROOF = RouterProof
