"""Around an array: who sends it packets, loads it while it is idle, and takes what leaves."""

from collections.abc import Callable, Iterator
from typing import ClassVar

from goldspike.cosim.bench.environment import Environment, Partner
from goldspike.cosim.bench.partners import Link, control, receiver, sender, whims, words
from goldspike.cosim.truenorth.environments.shared.plain import Plain, packed
from goldspike.model.errors import LockstepError
from goldspike.model.truenorth.array import ArrayParams, announced

__all__ = ["ENVIRONMENT", "ArrayEnvironment"]

PACKETS = 500
SLOTS = 16
FIELD = 511
"""Of dx and of dy."""
PERIODS = (0, 0, 0, 1, 30, 200)
RELOADS = 40


class Relayed:
    """The account of packets: each leaves where its axon's neuron sends it, or merges."""

    def __init__(self) -> None:
        self.came = self.left = self.merged = self.dropped = 0
        self.owed: dict[int, int] = {}
        """By what a packet is as it leaves, its slot aside: how many of them may still come."""

    @property
    def moves(self) -> int:
        """Packets that came, left or merged."""
        return self.came + self.left + self.merged

    @property
    def inside(self) -> int:
        """Packets that are to leave."""
        return self.came - self.left - self.merged - self.dropped

    @property
    def open(self) -> str:
        """Packets that are to come or to leave."""
        whole = self.came == PACKETS and self.inside == 0
        return "" if whole else f"{self.came} of {PACKETS} packets came, {self.inside} are inside"

    def check(self, what: str) -> None:
        """Make sure that nothing has come twice."""
        if self.inside < 0:
            raise LockstepError(f"{what}, but all that came has left")

    def leave(self, packet: int) -> None:
        """Note a packet that has left."""
        if not self.owed.get(packet):
            raise LockstepError(f"{packet:#x} leaves, which nobody sent")
        self.owed[packet] -= 1
        self.left += 1
        self.check(f"{packet:#x} leaves")

    def merge(self, count: int) -> None:
        """Note packets that met others on their axon and slot."""
        self.merged += count
        self.check(f"{count} packets merge")

    def drop(self) -> None:
        """Forget all that is inside: a clear does."""
        self.dropped += self.inside
        self.owed = {}


class ArrayEnvironment(Environment):
    """Cores relay what comes; every packet leaves once, by the row that it is for, or merges.

    Neurons that are loaded once more have another delay. A clear, which is for an idle array, drops
    what waits for its step.
    """

    params: ArrayParams
    configs: ClassVar = ("2x2", "1x2", "one")
    controls: ClassVar = ("clear", "config_valid")
    patience = 2000

    def meet(self) -> list[Partner]:
        """Open the account of packets; load the cores before the first one."""
        params, rng = self.params, self.rng
        bits = params.router.packet_bits
        self.relayed = Relayed()
        self.accounts.append(self.relayed)
        self.cores = [self.relays(core) for core in range(params.cores)]
        self.loaded = self.rests = self.clears = False
        config = Link("config_valid", "config_data", "config_ready", 32)
        source = Link("in_valid", "in_packet", "in_ready", bits)
        noise = words(rng, 1 << 20, 32)
        packets = (up and self.loaded and not self.clears for up in whims(rng))
        ends = [Link("out_valid", "out_packet", "out_ready", bits, k) for k in range(params.rows)]
        return [
            self.runs(),
            control("clear", rng, self.may_clear, self.cleared, gap=50),
            sender(source, self.draw(), packets, self.enter, words(rng, 1 << 20, bits)),
            sender(config, self.words(), whims(rng), lambda word: None, noise),
            *(receiver(end, whims(rng), self.leaves(k)) for k, end in enumerate(ends)),
        ]

    def relays(self, core: int) -> list[Plain]:
        """Return a core's neurons, each for an axon: the first one sends to a core, others out."""
        params, rng = self.params, self.rng
        y, x = divmod(core, params.columns)
        neurons = [
            Plain({k}, 1, axon=k, dy=int(rng.integers(-256, 256)))
            for k in range(params.core.neurons)
        ]
        for neuron in neurons:
            neuron.dx = params.columns - x + int(rng.integers(200))
            neuron.delay = int(rng.integers(1, SLOTS))
        if len(neurons) > 1:
            there_y, there_x = divmod(int(rng.integers(params.cores)), params.columns)
            neurons[0].dx, neurons[0].dy = there_x - x, there_y - y
            neurons[0].axon = int(rng.integers(1, len(neurons)))
        return neurons

    def words(self) -> Iterator[int]:
        """Yield the words that load every neuron, and then any of them once more."""
        params, rng = self.params, self.rng
        size = params.core.sram.row_bits
        every = [(core, k) for core in range(params.cores) for k in range(params.core.neurons)]
        again = rng.integers(len(every), size=RELOADS).tolist()
        for core in range(params.cores):
            yield from announced(1, core, 0, 0, 2 * params.core.axons)
        for turn, (core, k) in enumerate([*every, *(every[place] for place in again)]):
            neuron = self.cores[core][k]
            self.loaded |= turn == len(every)
            neuron.delay = int(rng.integers(1, SLOTS))
            yield from announced(0, core, k, neuron.row(params.core.sram), size)

    def draw(self) -> Iterator[int]:
        """Yield packets to any core."""
        params, rng = self.params, self.rng
        for _ in range(PACKETS):
            y, x = divmod(int(rng.integers(params.cores)), params.columns)
            slot, axon = int(rng.integers(SLOTS)), int(rng.integers(params.core.neurons))
            yield packed(x, y, slot, axon)

    def enter(self, packet: int) -> None:
        """Note a packet that was taken, as what it is to leave."""
        x, y, axon = packet & FIELD, packet >> 9 & FIELD, packet >> 22
        neuron = self.cores[y * self.params.columns + x][axon]
        if axon == 0 and self.params.core.neurons > 1:
            x, y = x + neuron.dx, y + neuron.dy
            neuron = self.cores[y * self.params.columns + x][neuron.axon]
        left = neuron.dx - (self.params.columns - x)
        owed = self.relayed.owed
        key = as_left(left, neuron.dy, neuron.axon, y)
        owed[key] = owed.get(key, 0) + 1
        self.relayed.came += 1

    def leaves(self, row: int) -> Callable[[int], None]:
        """Return who notes what leaves by a row."""

        def leave(packet: int) -> None:
            self.relayed.leave(as_left(packet, packet >> 9, packet >> 22, row))

        return leave

    def may_clear(self) -> bool:
        """Return whether nothing moves on the next tick, and keep packets away from it.

        Late ones are not cleared: a clear hides what was lost before it.
        """
        self.clears = self.rests and self.relayed.came < PACKETS // 2
        return self.clears

    def cleared(self) -> None:
        """Drop what waits."""
        self.clears = False
        self.relayed.drop()

    def runs(self) -> Partner:
        """Let steps begin, when all is idle or by a period; watch what merges or goes astray."""
        rng, willing = self.rng, whims(self.rng, (1.0, 1.0, 0.3, 0.0), ticks=100)
        period = 0
        while True:
            if rng.random() < 0.01:
                period = int(rng.choice(PERIODS))
            seen = yield {"run": self.loaded and next(willing), "period": period}
            self.relayed.merge(seen["merged"].bit_count())
            self.rests = bool(seen.next("idle"))
            if seen["stray"]:
                raise LockstepError("a packet goes astray")


def as_left(dx: int, dy: int, axon: int, row: int) -> int:
    """Return what a packet is as it leaves by a row, its slot aside."""
    return dx & FIELD | (dy & FIELD) << 9 | axon << 18 | row << 40


ENVIRONMENT = ArrayEnvironment
