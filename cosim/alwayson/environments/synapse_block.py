"""Around a synapse block: neurons that ask, their clock, and who knows the weights of every row."""

from collections.abc import Iterator
from typing import ClassVar

from goldspike.cosim.alwayson.environments.shared.requests import Served, ask, eager
from goldspike.cosim.bench.environment import Environment, Partner
from goldspike.cosim.bench.partners import whims
from goldspike.model.alwayson.synapse_block import SynapseBlockParams
from goldspike.model.errors import LockstepError

__all__ = ["ENVIRONMENT", "SynapseBlockEnvironment"]

TIMES = 25
"""How often each neuron asks."""


class SynapseBlockEnvironment(Environment):
    """Every request has one Ack, and the spikes of its row, once."""

    params: SynapseBlockParams
    configs: ClassVar = ("5x3", "3x5", "5x3-slow-power")

    def meet(self) -> list[Partner]:
        """Load another word into every row, then let neurons ask."""
        params, rng = self.params, self.rng
        self.rises = self.loaded = False
        self.weights = rng.permutation(1 << params.columns)[: params.rows].tolist()
        self.served = Served(params.rows, TIMES)
        self.accounts.append(self.served)
        asks = [ask(self.served, self.pulsed(eager(k)), k) for k in range(params.rows)]
        return [self.load(), self.clock(), *asks, self.watch()]

    def load(self) -> Partner:
        """Bring the weights in."""
        params = self.params
        yield {}
        settings = {name: getattr(params.settings, name) for name in ("length", "divide", "idle")}
        for row, word in enumerate(self.weights):
            bits = params.scan_chain.scanned({**settings, "row": row, "word": word})
            for bit in bits:
                yield {"scan": 1, "scan_in": int(bit)}
            yield {"load": 1}
        for _ in range(5):
            yield {}
        self.loaded = True

    def clock(self) -> Partner:
        """Run the neurons' clock, once all is loaded."""
        while not self.loaded:
            yield {}
        while True:
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


ENVIRONMENT = SynapseBlockEnvironment
