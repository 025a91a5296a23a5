"""The router: five queues in, five links out, x before y.

Ref: Merolla 2014, Akopyan 2015: dimension-order routing, which cannot deadlock as long as cores
take every spike. Ours: a queue per input, round robin per output, and the ticks. The ports are
local, west, east, south, north, in this order; a packet's dx > 0 leads east, its dy > 0 north;
every hop takes one off. A packet that the core shows on tick t reaches the scheduler h links away
on tick t + h + 1, if nothing is in its way.

Of the heads that want an output, the one is shown that comes first after the one sent last; what is
shown may change until it is taken. A head waits for at most four packets of others at its output.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.jit import njit
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout
from goldspike.model.truenorth.packet_queue import PacketQueueParams

__all__ = [
    "EAST", "LOCAL", "NORTH", "PORTS", "SOUTH", "WEST", "RouterParams", "choose", "pack", "unpack",
]  # fmt: skip

PORTS = ("local", "west", "east", "south", "north")
LOCAL, WEST, EAST, SOUTH, NORTH = range(5)
NONE = -1


@dataclass(frozen=True, kw_only=True)
class RouterParams:
    """A router.

    Parameters
    ----------
    depth : int
        Packets that a queue holds.
    axon_bits : int
        Bits of an axon's number.
    """

    depth: int = 4
    axon_bits: int = 8

    def __post_init__(self) -> None:
        require_int("axon_bits", self.axon_bits, 1, 9)
        _ = self.queue

    @property
    def packet_bits(self) -> int:
        """Bits of a packet: from the lowest dx 9, dy 9 (both signed), slot 4, axon."""
        return 9 + 9 + 4 + self.axon_bits

    @property
    def queue(self) -> PacketQueueParams:
        """The queue of an input."""
        return PacketQueueParams(depth=self.depth, bits=self.packet_bits)

    @property
    def trace(self) -> TraceLayout:
        """Traced on every tick on which a queue holds a packet: the registers, and what leaves.

        By port: fill of the input's queue; its head (0 if empty); the input that the output sent
        last; whether a packet leaves by the output on this tick.
        """
        return TraceLayout(
            (
                Field("fill", self.queue.fill_bits, 5),
                Field("head", self.packet_bits, 5),
                Field("sent_last", 3, 5),
                Field("leaves", 1, 5),
            )
        )


def pack(dx: int, dy: int, slot: int, axon: int) -> int:
    """Return a packet as one number."""
    return dx & 511 | (dy & 511) << 9 | slot << 18 | axon << 22


def unpack(packet: int) -> tuple[int, int, int, int]:
    """Return dx, dy, slot and axon of a packet."""
    dx, dy = packet & 511, packet >> 9 & 511
    return dx - (dx >> 8 << 9), dy - (dy >> 8 << 9), packet >> 18 & 15, packet >> 22


@njit
def wanted(dx: int, dy: int) -> int:
    """Return the output that a packet takes."""
    if dx:
        return EAST if dx > 0 else WEST
    if dy:
        return NORTH if dy > 0 else SOUTH
    return LOCAL


@njit
def choose(heads: np.ndarray, valid: np.ndarray, sent_last: np.ndarray, chosen: np.ndarray) -> None:
    """Choose for every output of a router the input whose head it shows.

    Parameters
    ----------
    heads : int64 (5, 4)
        dx, dy, slot, axon of every input's first packet.
    valid : bool (5,)
        Whether there is one.
    sent_last : int64 (5,)
        By output, the input that it sent last.
    chosen : int64 (5,), written
        By output, the input; :data:`NONE` if no head wants it.
    """
    chosen[:] = NONE
    for output in range(5):
        for k in range(1, 6):
            source = (sent_last[output] + k) % 5
            if valid[source] and wanted(heads[source, 0], heads[source, 1]) == output:
                chosen[output] = source
                break


@njit
def hop(packet: np.ndarray, output: int) -> None:
    """Take one off the distance that a packet, int64 (4,), still has to go."""
    if output == EAST:
        packet[0] -= 1
    elif output == WEST:
        packet[0] += 1
    elif output == NORTH:
        packet[1] -= 1
    elif output == SOUTH:
        packet[1] += 1


class RouterModel:
    """A router by itself, tick by tick.

    Attributes
    ----------
    queues : list of list of (dx, dy, slot, axon)
        By input port.
    sent_last : int64 (5,)
    """

    def __init__(self, params: RouterParams) -> None:
        self.params = params
        self.queues: list[list[tuple[int, ...]]] = [[] for _ in PORTS]
        self.sent_last = np.full(5, NORTH, np.int64)
        self.chosen = np.zeros(5, np.int64)

    def shown(self) -> list[tuple[int, ...] | None]:
        """Return by output the packet that is shown, already a hop further."""
        valid = np.array([bool(queue) for queue in self.queues])
        heads = np.array([queue[0] if queue else (0, 0, 0, 0) for queue in self.queues], np.int64)
        choose(heads, valid, self.sent_last, self.chosen)
        packets: list[tuple[int, ...] | None] = []
        for output, source in enumerate(self.chosen.tolist()):
            if source == NONE:
                packets.append(None)
                continue
            packet = heads[source].copy()
            hop(packet, output)
            packets.append(tuple(packet.tolist()))
        return packets

    def ready(self) -> list[bool]:
        """Return by input whether a packet would be taken."""
        return [len(queue) < self.params.depth for queue in self.queues]

    def tick(self, arrivals: list[tuple[int, ...] | None], out_ready: list[bool]) -> list[bool]:
        """Go on by a tick with what arrives at every input; return which outputs sent theirs."""
        ready, shown = self.ready(), self.shown()
        leaves = [packet is not None and out_ready[k] for k, packet in enumerate(shown)]
        for output, source in enumerate(self.chosen.tolist()):
            if leaves[output]:
                self.queues[source].pop(0)
                self.sent_last[output] = source
        for port, packet in enumerate(arrivals):
            if packet is not None and ready[port]:
                self.queues[port].append(packet)
        return leaves
