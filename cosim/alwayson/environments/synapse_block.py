"""Around a synapse block: neurons that ask, their clock, and who knows the weights of every row."""

from collections.abc import Iterator
from typing import ClassVar

from goldspike.cosim.alwayson.environments.shared.requests import Served, ask, eager
from goldspike.cosim.bench.environment import Drive, Environment, Partner
from goldspike.cosim.bench.partners import whims
from goldspike.model.alwayson.synapse_block import SynapseBlockParams
from goldspike.model.errors import LockstepError

__all__ = ["ENVIRONMENT", "SynapseBlockEnvironment"]

TIMES = 25
"""How often each neuron asks."""


class SynapseBlockEnvironment(Environment):
    """Every request has one Ack, and the spikes of its row, once.

    Between requests, as the block rests, rows are loaded once more and all is cleared: nothing is
    under way then that could be lost.
    """

    params: SynapseBlockParams
    configs: ClassVar = ("5x3", "3x5", "5x3-slow-power")
    controls: ClassVar = ("clear", "load", "scan")

    def meet(self) -> list[Partner]:
        """Load another word into every row, then let neurons ask."""
        params, rng = self.params, self.rng
        self.rises, self.handled, self.stopped, self.rests = False, True, True, True
        drawn = rng.permutation(1 << params.columns).tolist()
        self.weights, self.others = drawn[: params.rows], drawn[params.rows :]
        self.served = Served(params.rows, TIMES)
        self.accounts.append(self.served)
        asks = [ask(self.served, self.pulsed(eager(k)), k, self.pauses) for k in range(params.rows)]
        return [self.handle(), self.clock(), *asks, self.watch()]

    def pauses(self) -> bool:
        """Return whether nobody may ask."""
        return self.handled

    def handle(self) -> Partner:
        """Load every row; then, again and again, let the block come to rest and handle it."""
        rng = self.rng
        yield {}
        for row in range(self.params.rows):
            yield from self.load(row)
        while True:
            for _ in range(5):
                yield {}
            self.handled = self.stopped = False
            for _ in range(int(rng.integers(1, 400))):
                yield {}
            self.handled = True
            while not self.rests or self.served.asks != self.served.acks:
                yield {}
            self.stopped = True  # the clock, too
            for _ in range(8):
                yield {}
            while not self.rests:
                yield {}
            if self.others and rng.random() < 0.5:
                row = int(rng.integers(self.params.rows))
                self.weights[row] = self.others.pop()
                yield from self.load(row)
            if rng.random() < 0.7:
                yield {"clear": 1}

    def load(self, row: int) -> Iterator[Drive]:
        """Yield what brings a row's weights in, and the settings as they are."""
        params = self.params
        settings = {name: getattr(params.settings, name) for name in ("length", "divide", "idle")}
        for bit in params.scan_chain.scanned({**settings, "row": row, "word": self.weights[row]}):
            yield {"scan": 1, "scan_in": int(bit)}
        yield {"load": 1}

    def clock(self) -> Partner:
        """Run the neurons' clock, unless the block is handled."""
        while True:
            while self.stopped:
                yield {}
            for _ in range(self.rng.integers(1, 4)):
                yield {}
            self.rises = True
            yield {"neuron_clock": 1}
            self.rises = False
            for _ in range(self.rng.integers(3)):
                yield {"neuron_clock": 1}

    def pulsed(self, mood: tuple[float, ...]) -> Iterator[bool]:
        """Yield whether a neuron is willing, which it can be only as its clock rises."""
        willing = whims(self.rng, mood)
        while True:
            yield self.rises and next(willing)

    def watch(self) -> Partner:
        """Follow the spikes: those of a row that waits for them, all of them, all at once."""
        all_columns, before = (1 << self.params.columns) - 1, 0
        while True:
            seen = yield {}
            plus, minus = seen["plus"], seen["minus"]
            spikes = plus | minus
            if spikes and not before:
                if plus ^ minus != all_columns or plus not in self.weights:
                    raise LockstepError(f"spikes {plus:#x} and {minus:#x} are those of no row")
                self.served.serve(self.weights.index(plus))
            before = spikes
            self.served.at_rest = not (seen["power"] or seen["clock"])
            self.rests = self.served.at_rest and not (self.stopped and seen.next("busy"))


ENVIRONMENT = SynapseBlockEnvironment
