"""A queue of packets in front of a router's input.

Ref: Akopyan 2015 (routers buffer packets); the depth is ours. First in, first out. A packet taken
on tick t is at the output from t + 1; `in_ready` says that there is room as the tick begins,
whatever leaves on it, so that no ready depends on another one. Depth 1 therefore takes a packet
every other tick.
"""

from collections import deque
from dataclasses import dataclass

from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["PacketQueueModel", "PacketQueueParams"]


@dataclass(frozen=True, kw_only=True)
class PacketQueueParams:
    """A queue.

    Parameters
    ----------
    depth : int
        Packets that it holds.
    bits : int
        Of a packet.
    """

    depth: int = 4
    bits: int = 30

    def __post_init__(self) -> None:
        require_int("depth", self.depth, 1, 64)
        require_int("bits", self.bits, 1, 64)

    @property
    def fill_bits(self) -> int:
        """Bits of how many packets there are."""
        return self.depth.bit_length()

    @property
    def trace(self) -> TraceLayout:
        """Traced on every tick on which a packet comes or goes: fill and first packet after it."""
        return TraceLayout((Field("fill", self.fill_bits), Field("head", self.bits)))


class PacketQueueModel:
    """A queue, tick by tick."""

    def __init__(self, params: PacketQueueParams) -> None:
        self.params = params
        self.packets: deque[int] = deque()

    def pins(self) -> dict[str, int]:
        """Return the outputs, which depend on registers only; no packet reads 0."""
        return {
            "in_ready": int(len(self.packets) < self.params.depth),
            "out_valid": int(bool(self.packets)),
            "out_data": self.packets[0] if self.packets else 0,
            "fill": len(self.packets),
        }

    def tick(self, *, in_valid: bool, in_data: int, out_ready: bool) -> dict[str, int]:
        """Go on by a tick; return its outputs."""
        pins = self.pins()
        if pins["out_valid"] and out_ready:
            self.packets.popleft()
        if in_valid and pins["in_ready"]:
            self.packets.append(in_data)
        return pins
