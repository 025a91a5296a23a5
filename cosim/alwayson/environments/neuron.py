"""Around a neuron: spikes, a clock that runs when it is asked for, and who answers its requests."""

from typing import ClassVar

from goldspike.cosim.alwayson.environments.shared.requests import Requests, answer
from goldspike.cosim.alwayson.environments.shared.spikes import THRESHOLD, Spikes, spiking
from goldspike.cosim.bench.environment import Environment, Partner
from goldspike.cosim.bench.partners import whims
from goldspike.model.alwayson.neuron import NeuronParams

__all__ = ["ENVIRONMENT", "NeuronEnvironment"]

SPIKES = 150


class NeuronEnvironment(Environment):
    """No spike is lost unless `lost` says so, none is counted twice; every request has its Ack."""

    params: NeuronParams
    configs: ClassVar = ("hidden-slow-power", "input")

    def meet(self) -> list[Partner]:
        """Open an account of spikes and one of requests."""
        requests = Requests("the neuron")
        self.spikes = Spikes(self.params, requests, SPIKES)
        self.accounts += [requests, self.spikes]
        return [
            spiking(self.spikes, self.rng, lambda signs: {"spikes": signs}),
            self.clock(),
            answer(requests, whims(self.rng, (1.0, 0.5, 0.05))),
            self.watch(),
        ]

    def clock(self) -> Partner:
        """Run while the neuron asks for it: low phases long enough to wake in, whole high ones."""
        low, rng = self.params.power.waking, self.rng
        seen = yield {}
        while True:
            while not (seen["clock_enable"] or seen["gated"]):
                seen = yield {}
            for _ in range(low + rng.choice([0, 0, 1, 5])):
                seen = yield {}
            seen = yield {"rises": 1}
            for _ in range(rng.choice([0, 1, 4])):
                seen = yield {}
            seen = yield {"falls": 1}

    def watch(self) -> Partner:
        """Follow the potential and the lost spikes."""
        while True:
            seen = yield {"threshold": THRESHOLD}
            self.spikes.follow(seen["potential"], seen["lost"], busy=bool(seen["busy"]))


ENVIRONMENT = NeuronEnvironment
