"""Around a block of neurons: spikes to all of them, and a synapse block that answers each."""

from dataclasses import replace
from functools import partial
from typing import ClassVar

from goldspike.cosim.alwayson.environments.shared.requests import Requests, answer
from goldspike.cosim.alwayson.environments.shared.spikes import THRESHOLD, Spikes, spiking
from goldspike.cosim.bench.environment import Drive, Environment, Partner
from goldspike.cosim.bench.partners import control, whims
from goldspike.model.alwayson.neuron_block import NeuronBlockParams

__all__ = ["ENVIRONMENT", "NeuronBlockEnvironment"]

SPIKES = 60
"""To each neuron."""


class NeuronBlockEnvironment(Environment):
    """Of no neuron a spike is lost in silence or counted twice; each has its own Acks.

    A clear, at any moment, drops all potentials and nothing else; a scan, at rest, nothing.
    """

    params: NeuronBlockParams
    configs: ClassVar = ("hidden-7", "fig-3a")
    controls: ClassVar = ("clear", "scan")

    def meet(self) -> list[Partner]:
        """Open the accounts of every neuron; scan the threshold in."""
        params, rng, self.scans = self.params, self.rng, True
        self.cleared = self.clocked = self.rests = False
        self.bits: list[int] = []
        neurons = range(params.neurons)
        requests = self.requests = [Requests(f"neuron {k}") for k in neurons]
        self.spikes = [Spikes(params.neuron, asks, SPIKES) for asks in requests]
        self.accounts += [*requests, *self.spikes]
        sends = [spiking(self.spikes[k], rng, partial(spike, k), self.pauses) for k in neurons]
        answers = [answer(requests[k], whims(rng, (1.0, 0.5, 0.05)), k) for k in neurons]
        clears = control("clear", rng, lambda: True, self.clear, gap=100)
        return [self.scan(), *sends, *answers, self.watch(), clears]

    def pauses(self) -> bool:
        """Return whether spikes have to wait."""
        return self.scans

    def clear(self) -> None:
        """Note a clear."""
        self.cleared = True

    def aftermath(self) -> list[tuple[int, Drive]]:
        """Bring a scan to its end, wake all; answer all requests, until every neuron sleeps."""
        ticks = 20 * self.params.clock(self.params.settings).period
        scan = [(1, {"scan": 1, "scan_in": bit}) for bit in self.bits]
        wake = [(1, {}), (1, {"plus": (1 << self.params.neurons) - 1})]
        return (
            scan + wake + [(ticks, {"ack": up}) for up in 6 * [(1 << self.params.neurons) - 1, 0]]
        )

    def scan(self) -> Partner:
        """Bring the threshold in before any spike, and now and then once more."""
        yield {}
        while True:
            settings = replace(self.params.settings, threshold=THRESHOLD)
            self.bits = [int(bit) for bit in self.params.scanned(settings)]
            while self.bits:
                yield {"scan": 1, "scan_in": self.bits[0]}
                del self.bits[0]
            self.scans = False
            for _ in range(int(self.rng.integers(1, 300))):
                yield {}
            self.scans = True
            yield {}
            while not self.rests:
                yield {}

    def watch(self) -> Partner:
        """Follow potentials and lost spikes."""
        bits = self.params.neuron.fsm.bits
        while True:
            seen = yield {}
            potentials, lost, busy = seen["potentials"], seen["lost"], bool(seen["busy"])
            for k, spikes in enumerate(self.spikes):
                potential = potentials >> k * bits & (1 << bits) - 1
                if self.cleared:
                    spikes.clear(potential, clocked=self.clocked)
                spikes.follow(potential, lost >> 2 * k & 3, busy=busy)
            self.cleared, self.clocked = False, not seen["clock"] and bool(seen.next("clock"))
            self.rests = not (seen.next("busy") or any(one.stage for one in self.requests))


def spike(neuron: int, signs: int) -> Drive:
    """Return what shows some signs to a neuron."""
    return {"plus": (signs & 1) << neuron, "minus": (signs >> 1) << neuron}


ENVIRONMENT = NeuronBlockEnvironment
