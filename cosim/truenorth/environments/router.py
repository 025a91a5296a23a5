"""Around a router: five neighbours that send, and five that take what is meant for them."""

from typing import ClassVar

from goldspike.cosim.bench.environment import Environment, Partner
from goldspike.cosim.bench.partners import Link, Passage, receiver, sender, whims, words
from goldspike.model.errors import LockstepError
from goldspike.model.truenorth.router import RouterParams

__all__ = ["ENVIRONMENT", "RouterEnvironment"]

PORTS = ("local", "west", "east", "south", "north")
PACKETS = 120
"""From every neighbour."""
FIELD = 511
"""Of dx and of dy."""


class Crossing(Passage):
    """The account of one output: packets of an input leave in order, those of several as they may.

    Every packet has a number that no other packet of its input has on the way.
    """

    def leave(self, word: int) -> None:
        """Note a packet that has left: the oldest of its input that is meant for this output."""
        source = word >> 18 & 7
        due = next((packet for packet in self.inside if packet >> 18 & 7 == source), None)
        if word != due:
            wanted = "none" if due is None else f"{due:#x}"
            raise LockstepError(
                f"{self.name}: {word:#x} leaves, where {wanted} of its input is due"
            )
        self.inside.remove(word)
        self.left += 1


class RouterEnvironment(Environment):
    """Every packet leaves once, by its output, a hop nearer, and none overtakes on its way."""

    params: RouterParams
    configs: ClassVar = ("2x6", "4x8")

    def meet(self) -> list[Partner]:
        """Give every packet the number of its input and one of its own."""
        rng, bits = self.rng, self.params.packet_bits
        drawn = [[self.draw(port, k) for k in range(PACKETS)] for port in range(5)]
        outputs = [self.towards(packet)[0] for packets in drawn for packet in packets]
        self.crossings = [Crossing(f"to {name}", outputs.count(k)) for k, name in enumerate(PORTS)]
        self.accounts.extend(self.crossings)
        partners = []
        for k in range(5):
            source = Link("in_valid", "in_data", "in_ready", bits, k)
            noise = words(rng, 1 << 20, bits)
            partners.append(sender(source, drawn[k], whims(rng), self.enter, noise))
            end = Link("out_valid", "out_data", "out_ready", bits, k)
            partners.append(receiver(end, whims(rng), self.crossings[k].leave))
        return partners

    def draw(self, port: int, number: int) -> int:
        """Return a packet to anywhere near, at times far."""
        reach = self.rng.choice([1, 1, 200])
        dx, dy = self.rng.integers(-reach, reach + 1, 2).tolist()
        own = number & (1 << self.params.packet_bits - 21) - 1
        return (dx & FIELD) | (dy & FIELD) << 9 | port << 18 | own << 21

    def towards(self, packet: int) -> tuple[int, int]:
        """Return a packet's output, and the packet as it leaves there: x before y."""
        dx, dy = ((packet >> place & FIELD ^ 256) - 256 for place in (0, 9))
        rest = packet >> 18 << 18
        if dx:
            way, dx = (2, dx - 1) if dx > 0 else (1, dx + 1)
        elif dy:
            way, dy = (4, dy - 1) if dy > 0 else (3, dy + 1)
        else:
            way = 0
        return way, rest | (dy & FIELD) << 9 | (dx & FIELD)

    def enter(self, packet: int) -> None:
        """Note a packet that the router has taken, as it is to leave, at the output it is for."""
        way, leaves = self.towards(packet)
        self.crossings[way].enter(leaves)


ENVIRONMENT = RouterEnvironment
