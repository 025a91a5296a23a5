"""Around a core of input neurons: who sends it spikes, takes its own, and handles it at rest."""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from goldspike.cosim.alwayson.environments.shared.requests import Requests
from goldspike.cosim.alwayson.environments.shared.spikes import Spikes, spiking
from goldspike.cosim.bench.environment import Drive, Environment, Partner
from goldspike.model.alwayson.core import CoreParams
from goldspike.model.errors import LockstepError

__all__ = ["ENVIRONMENT", "CoreEnvironment"]

SPIKES = 40
"""To each neuron."""


class CoreEnvironment(Environment):
    """Of no neuron a spike is lost in silence: each sends its row to the next core, once.

    Between spikes, as the core rests, weights are loaded, chains are scanned and all is cleared:
    nothing is under way then that could be lost.
    """

    params: CoreParams
    configs: ClassVar = ("input-3x5", "input-5x3")
    controls: ClassVar = ("clear", "load", "scan_neurons", "scan_synapses")

    def meet(self) -> list[Partner]:
        """Open an account for every neuron; load all rows before any spike."""
        params, rng = self.params, self.rng
        neurons = range(params.neurons.neurons)
        self.rows = [Requests(f"neuron {k}") for k in neurons]
        self.spikes = [Spikes(params.neurons.neuron, rows, SPIKES) for rows in self.rows]
        self.accounts += self.spikes
        self.weights: list[int] = []
        self.handled, self.rests = True, False
        sends = [spiking(self.spikes[k], rng, partial(spike, k), self.pauses) for k in neurons]
        return [self.handle(), *sends, self.watch()]

    def pauses(self) -> bool:
        """Return whether spikes have to wait."""
        return self.handled

    def handle(self) -> Partner:
        """Load every row; then, again and again, let the core come to rest and handle it."""
        params, rng = self.params, self.rng
        drawn = rng.permutation(1 << params.synapses.columns).tolist()
        yield {}
        for row in range(params.synapses.rows):
            self.weights.append(drawn.pop())
            yield from self.load(row)
        while True:
            for _ in range(5):
                yield {}
            self.handled = False
            for _ in range(int(rng.integers(1, 200))):
                yield {}
            self.handled = True
            yield {}
            while not self.rests:
                yield {}
            yield from self.one_of(drawn)

    def one_of(self, drawn: list[int]) -> Iterator[Drive]:
        """Yield a clear, another row, or the neurons' settings once more, at times with a clear."""
        rng = self.rng
        kind = int(rng.integers(3))
        if kind == 1 and drawn:
            row = int(rng.integers(len(self.weights)))
            self.weights[row] = drawn.pop()
            yield from self.load(row)
        if kind == 2:
            for bit in self.params.neurons.scanned(self.params.neurons.settings):
                yield {"scan_neurons": 1, "scan_in": int(bit), "clear": int(rng.random() < 0.1)}
        if kind != 1:
            yield {"clear": 1}

    def load(self, row: int) -> Iterator[Drive]:
        """Yield what brings a row's weights in, and the settings as they are."""
        params = self.params.synapses
        settings = {name: getattr(params.settings, name) for name in ("length", "divide", "idle")}
        bits = params.scan_chain.scanned({**settings, "row": row, "word": self.weights[row]})
        for bit in bits:
            yield {"scan_synapses": 1, "scan_in": int(bit)}
        yield {"load": 1}

    def watch(self) -> Partner:
        """Follow lost spikes, and those to the next core: all of a row at once."""
        whole, before = (1 << self.params.synapses.columns) - 1, 0
        while True:
            seen = yield {}
            plus, minus, lost = seen["plus_out"], seen["minus_out"], seen["lost"]
            if plus | minus and not before:
                if plus ^ minus != whole or plus not in self.weights:
                    raise LockstepError(f"spikes {plus:#x} and {minus:#x} are those of no row")
                self.rows[self.weights.index(plus)].asked += 1
            before = plus | minus
            for k, spikes in enumerate(self.spikes):
                spikes.follow(0, lost >> 2 * k & 3, busy=bool(seen["busy"]))
            self.rests = not seen.next("busy")


def spike(neuron: int, signs: int) -> Drive:
    """Return what shows some signs to a neuron."""
    return {"plus": (signs & 1) << neuron, "minus": (signs >> 1) << neuron}


ENVIRONMENT = CoreEnvironment
