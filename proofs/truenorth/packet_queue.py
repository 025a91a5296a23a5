"""Proof of the packet queue: any one packet, followed from its arrival to its departure."""

from typing import ClassVar

from amaranth.hdl import Array, Module, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.packet_queue import PacketQueue
from goldspike.model.truenorth.packet_queue import PacketQueueParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "PacketQueueProof"]


@bug_in(PacketQueue)
def counts_the_taken_only(m, dut, inside):
    """Forget that a packet leaves as another one comes."""
    with m.If(inside("takes") & inside("leaves")):
        m.d.sync += dut.fill.eq(dut.fill + 1)


@bug_in(PacketQueue)
def never_full(m, dut, inside):
    """Take a packet whenever one comes."""
    m.d.comb += dut.in_ready.eq(1)


@bug_in(PacketQueue)
def shows_late(m, dut, inside):
    """Show a packet only while nothing comes."""
    m.d.comb += dut.out_valid.eq((dut.fill != 0) & ~dut.in_valid)


@bug_in(PacketQueue)
def comes_in_front(m, dut, inside):
    """Put a packet in front of the one that waits."""
    with m.If(inside("takes") & (dut.fill == 1)):
        m.d.sync += inside("packet_0").eq(dut.in_data)


@bug_in(PacketQueue)
def keeps_it(m, dut, inside):
    """Go on showing the packet that left last."""
    with m.If(inside("leaves") & (dut.fill == 1)):
        m.d.sync += inside("packet_0").eq(inside("packet_0"))


class PacketQueueProof(Proof):
    """Any packets, on any ticks; one of them, any, is marked as it comes."""

    rtl = PacketQueue
    configs: ClassVar = {
        "one": PacketQueueParams(depth=1, bits=1),
        "2x3": PacketQueueParams(depth=2, bits=3),
        "3x28": PacketQueueParams(depth=3, bits=28),
        "published": PacketQueueParams(),
        "7x64": PacketQueueParams(depth=7, bits=64),
    }
    quick = ("3x28", "published")
    search = 10
    bugs: ClassVar = {
        "fill: how many came and have not left": counts_the_taken_only,
        "room, as long as there are fewer than the depth": never_full,
        "a packet is shown whenever there is one": shows_late,
        "every packet is shown after those before it, as it came": comes_in_front,
        "no packet reads 0": keeps_it,
    }

    def properties(self, m: Module) -> None:
        """Count, and follow the marked packet."""
        dut, depth = self.dut, self.params.depth
        takes, leaves = dut.in_valid & dut.in_ready, dut.out_valid & dut.out_ready
        held = Signal(range(depth + 2))
        m.d.sync += held.eq(held + takes - leaves)
        marked = Signal()  # it is in the queue
        ahead = Signal(range(depth + 1))  # packets before it
        packet = Signal(self.params.bits)
        with m.If(takes & self.any_event("mark") & ~marked):
            m.d.sync += [marked.eq(1), ahead.eq(held - leaves), packet.eq(dut.in_data)]
        with m.Elif(marked & leaves):
            m.d.sync += [marked.eq(ahead != 0), ahead.eq(ahead - (ahead != 0))]
        first = marked & (ahead == 0)
        self.holds("fill: how many came and have not left", dut.fill == held)
        self.holds(
            "room, as long as there are fewer than the depth", dut.in_ready == (held < depth)
        )
        self.holds("a packet is shown whenever there is one", dut.out_valid == (held != 0))
        self.holds(
            "every packet is shown after those before it, as it came",
            ~first | (dut.out_valid & (dut.out_data == packet)),
        )
        self.holds("no packet reads 0", dut.out_valid | (dut.out_data == 0))
        packets = [self.inside(f"packet_{k}") for k in range(depth)]
        self.helps("no more than the depth", held <= depth)
        self.helps("it is there", ~marked | ((ahead < held) & (Array(packets)[ahead] == packet)))
        for k, place in enumerate(packets):
            self.helps(f"nothing behind the last {k}", (held > k) | (place == 0))
        self.reaches("the marked packet leaves a full queue", first & leaves & (held == depth))


PROOF = PacketQueueProof
