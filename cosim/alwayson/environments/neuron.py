"""Around a neuron: spikes, a clock that runs when it is asked for, and who answers its requests."""

from typing import ClassVar

from goldspike.cosim.alwayson.environments.shared.requests import Requests, answer
from goldspike.cosim.bench.environment import Environment, Partner, Seen
from goldspike.cosim.bench.partners import whims
from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.alwayson.neuron_fsm import Kind
from goldspike.model.errors import LockstepError

__all__ = ["ENVIRONMENT", "NeuronEnvironment", "Spikes"]

SPIKES = 150
THRESHOLD = 2
"""A potential that falls by one has met a spike; one that falls by more has fired."""
HELD, GAPS = (0, 0, 3), (1, 1, 2, 5, 20, 100)
"""Ticks that a spike stays up further, and until the next one."""


class Spikes:
    """The account of the spikes of a neuron: each is lost, which it says, or counted once.

    A hidden neuron counts them into its potential, and an input neuron requests for each.
    """

    def __init__(self, params: NeuronParams, requests: Requests) -> None:
        self.params, self.requests = params, requests
        self.sent = [0, 0]
        self.lost = [0, 0]
        self.counted = self.fires = self.potential = 0
        self.asleep = True

    @property
    def moves(self) -> int:
        """Spikes that were sent, lost or counted."""
        return sum(self.sent) + sum(self.lost) + abs(self.counted)

    @property
    def kept(self) -> list[int]:
        """Spikes of either sign that were not lost."""
        return [sent - lost for sent, lost in zip(self.sent, self.lost, strict=True)]

    @property
    def open(self) -> str:
        """What is still to be sent or counted."""
        if sum(self.sent) < SPIKES:
            return f"{sum(self.sent)} of {SPIKES} spikes sent"
        if not self.asleep:
            return f"awake after {sum(self.sent)} spikes, {sum(self.lost)} of them lost"
        return ""

    def settle(self) -> None:
        """Compare what came with what became of it; the neuron sleeps and nothing is under way."""
        plus, minus = self.kept
        if self.params.fsm.kind is Kind.INPUT:
            due, found, what = plus + minus, self.requests.asked, "requests"
        else:
            due, found, what = plus - minus, self.counted, "is counted"
            if self.fires != self.requests.asked:
                text = f"the potential fell {self.fires} times as in firing"
                raise LockstepError(f"{text}, with {self.requests.asked} requests")
        if due != found:
            raise LockstepError(
                f"{plus} + and {minus} - spikes came and were not lost: {found} {what}"
            )


class NeuronEnvironment(Environment):
    """No spike is lost unless `lost` says so, none is counted twice; every request has its Ack."""

    params: NeuronParams
    configs: ClassVar = ("hidden-slow-power", "input")

    def meet(self) -> list[Partner]:
        """Open an account of spikes and one of requests."""
        rng = self.rng
        requests = Requests("the neuron")
        self.spikes = Spikes(self.params, requests)
        self.accounts += [requests, self.spikes]
        return [
            self.spiking(),
            self.clock(),
            self.watch(),
            answer(requests, whims(rng, (1.0, 0.5, 0.05))),
        ]

    def spiking(self) -> Partner:
        """Send spikes of either sign, most of them +1; after some of them wait until it sleeps."""
        lines, rng = self.spikes, self.rng
        while sum(lines.sent) < SPIKES:
            signs = int(rng.choice([1, 1, 1, 2, 3]))
            yield {"spikes": signs}
            lines.sent[0] += signs & 1
            lines.sent[1] += signs >> 1
            for _ in range(rng.choice(HELD)):
                yield {"spikes": signs}
            for _ in range(rng.choice(GAPS)):
                yield {}
            while rng.random() < 0.5 and not lines.asleep:
                yield {}

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
        """Follow the potential and the lost spikes; settle whenever it sleeps."""
        spikes, half = self.spikes, 1 << self.params.fsm.bits - 1
        while True:
            seen = yield {"threshold": THRESHOLD}
            self.follow(spikes, seen, half)

    def follow(self, spikes: Spikes, seen: Seen, half: int) -> None:
        """Note what a tick did."""
        potential = (seen["potential"] ^ half) - half
        change, spikes.potential = potential - spikes.potential, potential
        if change <= -THRESHOLD:
            spikes.fires += 1
        else:
            spikes.counted += change
        for line in range(2):
            spikes.lost[line] += seen["lost"] >> line & 1
        spikes.asleep = not seen["busy"]
        if spikes.asleep:
            spikes.settle()


ENVIRONMENT = NeuronEnvironment
