"""Around a neuron: spikes, a clock that runs when it is asked for, and who answers its requests."""

from typing import ClassVar

from goldspike.cosim.alwayson.environments.shared.requests import Requests, answer
from goldspike.cosim.alwayson.environments.shared.spikes import THRESHOLD, Spikes, spiking
from goldspike.cosim.bench.environment import Environment, Partner
from goldspike.cosim.bench.partners import control, whims
from goldspike.model.alwayson.neuron import NeuronParams

__all__ = ["ENVIRONMENT", "NeuronEnvironment"]

SPIKES = 150


class NeuronEnvironment(Environment):
    """No spike is lost unless `lost` says so, none is counted twice; every request has its Ack.

    A clear, at any moment, drops the potential and nothing else.
    """

    params: NeuronParams
    configs: ClassVar = ("hidden-slow-power", "input")
    controls: ClassVar = ("clear",)

    def meet(self) -> list[Partner]:
        """Open an account of spikes and one of requests."""
        requests = Requests("the neuron")
        self.spikes = Spikes(self.params, requests, SPIKES)
        self.accounts += [requests, self.spikes]
        self.cleared = self.rises = self.clocked = False
        return [
            spiking(self.spikes, self.rng, lambda signs: {"spikes": signs}),
            self.clock(),
            answer(requests, whims(self.rng, (1.0, 0.5, 0.05))),
            self.watch(),
            control("clear", self.rng, lambda: True, self.clear, gap=200),
        ]

    def clear(self) -> None:
        """Note a clear."""
        self.cleared = True

    def clock(self) -> Partner:
        """Run while the neuron asks for it: low phases long enough to wake in, whole high ones."""
        low, rng = self.params.power.waking, self.rng
        seen = yield {}
        while True:
            while not (seen["clock_enable"] or seen["gated"]):
                seen = yield {}
            for _ in range(low + rng.choice([0, 0, 1, 5])):
                seen = yield {}
            self.rises = True
            seen = yield {"rises": 1}
            self.rises = False
            for _ in range(rng.choice([0, 1, 4])):
                seen = yield {}
            seen = yield {"falls": 1}

    def watch(self) -> Partner:
        """Follow the potential and the lost spikes."""
        while True:
            clocked = self.rises
            seen = yield {"threshold": THRESHOLD}
            if self.cleared:
                self.spikes.clear(seen["potential"], clocked=self.clocked)
            self.cleared, self.clocked = False, clocked
            self.spikes.follow(seen["potential"], seen["lost"], busy=bool(seen["busy"]))


ENVIRONMENT = NeuronEnvironment
