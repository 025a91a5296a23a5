"""Around a block of neurons: spikes to all of them, and a synapse block that answers each."""

from dataclasses import replace
from functools import partial
from typing import ClassVar

from goldspike.cosim.alwayson.environments.shared.requests import Requests, answer
from goldspike.cosim.alwayson.environments.shared.spikes import THRESHOLD, Spikes, spiking
from goldspike.cosim.bench.environment import Drive, Environment, Partner
from goldspike.cosim.bench.partners import whims
from goldspike.model.alwayson.neuron_block import NeuronBlockParams

__all__ = ["ENVIRONMENT", "NeuronBlockEnvironment"]

SPIKES = 60
"""To each neuron."""


class NeuronBlockEnvironment(Environment):
    """Of no neuron a spike is lost in silence or counted twice; each has its own Acks."""

    params: NeuronBlockParams
    configs: ClassVar = ("hidden-7", "fig-3a")

    def meet(self) -> list[Partner]:
        """Open the accounts of every neuron; scan the threshold in."""
        params, rng, self.scanned = self.params, self.rng, False
        neurons = range(params.neurons)
        requests = [Requests(f"neuron {k}") for k in neurons]
        self.spikes = [Spikes(params.neuron, asks, SPIKES) for asks in requests]
        self.accounts += [*requests, *self.spikes]
        sends = [self.after_scan(spiking(self.spikes[k], rng, partial(spike, k))) for k in neurons]
        answers = [answer(requests[k], whims(rng, (1.0, 0.5, 0.05)), k) for k in neurons]
        return [self.scan(), *sends, *answers, self.watch()]

    def aftermath(self) -> list[tuple[int, Drive]]:
        """Answer all requests, until every neuron sleeps."""
        ticks = 20 * self.params.clock(self.params.settings).period
        return [(ticks, {"ack": up}) for up in 6 * [(1 << self.params.neurons) - 1, 0]]

    def scan(self) -> Partner:
        """Bring the threshold in, before any spike."""
        yield {}
        for bit in self.params.scanned(replace(self.params.settings, threshold=THRESHOLD)):
            yield {"scan": 1, "scan_in": int(bit)}
        self.scanned = True

    def after_scan(self, partner: Partner) -> Partner:
        """Let a partner come once the threshold is there."""
        while not self.scanned:
            yield {}
        yield from partner

    def watch(self) -> Partner:
        """Follow potentials and lost spikes."""
        bits = self.params.neuron.fsm.bits
        while True:
            seen = yield {}
            potentials, lost, busy = seen["potentials"], seen["lost"], bool(seen["busy"])
            for k, spikes in enumerate(self.spikes):
                potential = potentials >> k * bits & (1 << bits) - 1
                spikes.follow(potential, lost >> 2 * k & 3, busy=busy)


def spike(neuron: int, signs: int) -> Drive:
    """Return what shows some signs to a neuron."""
    return {"plus": (signs & 1) << neuron, "minus": (signs >> 1) << neuron}


ENVIRONMENT = NeuronBlockEnvironment
