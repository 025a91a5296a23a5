"""Around a packet queue: who sends into it, and who takes from it."""

from typing import ClassVar

from goldspike.cosim.bench.environment import Environment, Partner
from goldspike.cosim.bench.partners import Link, Passage, receiver, sender, whims, words
from goldspike.model.errors import LockstepError
from goldspike.model.truenorth.packet_queue import PacketQueueParams

__all__ = ["ENVIRONMENT", "PacketQueueEnvironment"]

PACKETS = 1000


class PacketQueueEnvironment(Environment):
    """Every packet comes out, in order; `fill` says how many are inside."""

    params: PacketQueueParams
    configs: ClassVar = ("4x30", "3x28", "1x1")

    def meet(self) -> list[Partner]:
        """Let one side be as slow as the other at times, and neither at others."""
        rng, bits = self.rng, self.params.bits
        passage = Passage("queue", PACKETS)
        self.accounts.append(passage)
        given, noise = words(rng, PACKETS, bits), words(rng, 1 << 20, bits)
        source = Link("in_valid", "in_data", "in_ready", bits)
        return [
            self.count(passage),
            sender(source, given, whims(rng), passage.enter, noise),
            receiver(Link("out_valid", "out_data", "out_ready", bits), whims(rng), passage.leave),
        ]

    def count(self, passage: Passage) -> Partner:
        """Compare `fill` with the packets inside as the tick begins."""
        while True:
            seen = yield {}
            if seen["fill"] != len(passage.inside):
                said = f"fill is {seen['fill']}"
                raise LockstepError(f"{said}, but {len(passage.inside)} packets are inside")


ENVIRONMENT = PacketQueueEnvironment
