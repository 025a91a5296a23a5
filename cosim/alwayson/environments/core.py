"""Around a core: who sends it spikes, takes its own, and handles it at rest."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import ClassVar

from goldspike.cosim.alwayson.environments.shared.fires import Fires
from goldspike.cosim.alwayson.environments.shared.requests import Requests
from goldspike.cosim.alwayson.environments.shared.spikes import Spikes, spiking
from goldspike.cosim.bench.environment import Drive, Environment, Partner
from goldspike.model.alwayson.core import CoreParams
from goldspike.model.alwayson.neuron_fsm import Kind
from goldspike.model.errors import LockstepError

__all__ = ["ENVIRONMENT", "CoreEnvironment"]

SPIKES = 40
"""To each neuron."""
THRESHOLDS = (1, 2, 3)
"""Of hidden neurons; they are scanned in between spikes."""


class CoreEnvironment(Environment):
    """Of no neuron a spike is lost in silence: each sends its row to the next core, once.

    A hidden neuron does so once its spikes have come to its threshold. They come one at a time for
    some while, each as the core rests, then again at any moment.

    Between spikes, as the core rests, weights are loaded, chains are scanned and all is cleared:
    nothing is under way then that could be lost.
    """

    params: CoreParams
    configs: ClassVar = ("input-3x5", "input-5x3", "hidden-3x5", "hidden-5x3")
    controls: ClassVar = ("clear", "load", "scan_neurons", "scan_synapses")

    def meet(self) -> list[Partner]:
        """Open an account for every neuron; load all rows before any spike."""
        params, rng = self.params, self.rng
        neurons = range(params.neurons.neurons)
        self.rows = [Requests(f"neuron {k}") for k in neurons]
        neuron, threshold = params.neurons.neuron, params.neurons.settings.threshold
        self.hidden = Kind(neuron.fsm.kind) is Kind.HIDDEN
        self.fires = [Fires(neuron, rows, SPIKES, threshold) for rows in self.rows if self.hidden]
        self.spikes = self.fires or [Spikes(neuron, rows, SPIKES) for rows in self.rows]
        self.accounts += self.spikes
        self.weights: list[int] = []
        self.scans, self.kinds = 1, list[int]()
        self.handled, self.calm, self.rests = True, False, False
        sends = [spiking(self.spikes[k], rng, partial(spike, k), self.pauses) for k in neurons]
        return [self.handle(), *sends, self.watch()]

    def pauses(self) -> bool:
        """Return whether spikes have to wait."""
        return self.handled or (self.calm and not self.rests)

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
            self.handled, self.calm = False, self.hidden and not self.calm
            for _ in range(int(rng.integers(1, 400 if self.calm else 200))):
                yield {}
            self.handled = True
            yield {}
            while not self.rests:
                yield {}
            yield {}  # on which the accounts are settled
            for driven in self.one_of(drawn):
                if "clear" in driven:
                    for neuron in self.fires:
                        neuron.forget()
                yield driven

    def one_of(self, drawn: list[int]) -> Iterator[Drive]:
        """Yield a clear, another row, or settings for the neurons, at times with a clear.

        They are the same but for the threshold of hidden neurons.
        """
        rng = self.rng
        self.kinds = self.kinds or rng.permutation(3).tolist()
        kind = self.kinds.pop()
        if kind == 1 and drawn:
            row = int(rng.integers(len(self.weights)))
            self.weights[row] = drawn.pop()
            yield from self.load(row)
        if kind == 2:
            settings = self.params.neurons.settings
            for neuron in self.fires:
                neuron.threshold = THRESHOLDS[self.scans % len(THRESHOLDS)]
                settings = replace(settings, threshold=neuron.threshold)
            self.scans += 1
            for bit in self.params.neurons.scanned(settings):
                clear = {"clear": 1} if rng.random() < 0.1 else {}
                yield {"scan_neurons": 1, "scan_in": int(bit), **clear}
        if kind == 0 or (kind == 2 and not (self.hidden and rng.random() < 0.5)):
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
