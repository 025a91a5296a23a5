"""Spikes to a neuron: each is lost, and the neuron says so, or it is counted once."""

from collections.abc import Callable

import numpy as np

from goldspike.cosim.alwayson.environments.shared.requests import Requests
from goldspike.cosim.bench.environment import Drive, Partner
from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.alwayson.neuron_fsm import Kind
from goldspike.model.errors import LockstepError

__all__ = ["THRESHOLD", "Spikes", "spiking"]

THRESHOLD = 2
"""A potential that falls by one has met a spike; one that falls by more has fired."""
HELD, GAPS = (0, 0, 3), (1, 1, 2, 5, 20, 100)
"""Ticks that a spike stays up further, and until the next one."""


class Spikes:
    """The account of the spikes of a neuron.

    A hidden neuron counts them into its potential, and an input neuron requests for each. A clear
    drops the potential, and with it what the neuron counts, or fires for, on the same tick.
    """

    def __init__(self, params: NeuronParams, requests: Requests, total: int) -> None:
        self.params, self.requests, self.total = params, requests, total
        self.sent = [0, 0]
        self.lost = [0, 0]
        self.counted = self.fires = self.potential = 0
        self.asleep = True
        self.blurred = self.unseen = 0
        """Since the neuron slept: clears that met the clock, with which it may count, and those
        after which it may fire without a fall of the potential."""

    @property
    def moves(self) -> int:
        """Spikes that were sent or lost, and steps of the potential."""
        return sum(self.sent) + sum(self.lost) + abs(self.counted)

    @property
    def open(self) -> str:
        """What is still to be sent or counted."""
        name, sent, lost = self.requests.name, sum(self.sent), sum(self.lost)
        if sent < self.total:
            return f"{name}: {sent} of {self.total} spikes sent"
        if not self.asleep:
            return f"{name}: awake after {sent} spikes, {lost} of them lost"
        return ""

    def clear(self, potential: int, *, clocked: bool) -> None:
        """Note a clear on the tick before, and whether the clock rose on it."""
        if potential:
            raise LockstepError(f"{self.requests.name}: a clear leaves {potential:#x}")
        self.unseen += clocked or self.potential >= THRESHOLD
        self.blurred += clocked
        self.potential = 0

    def follow(self, potential: int, lost: int, *, busy: bool) -> None:
        """Note what a tick showed; asleep, all accounts are settled."""
        half = 1 << self.params.fsm.bits - 1
        change = (potential ^ half) - half - self.potential
        self.potential += change
        if change <= -THRESHOLD:
            self.fires += 1
        else:
            self.counted += change
        for line in range(2):
            self.lost[line] += lost >> line & 1
        self.asleep = not busy
        if self.asleep:
            self.settle()

    def settle(self) -> None:
        """Compare what came with what became of it; nothing is under way.

        Raises
        ------
        LockstepError
            If they differ.
        """
        plus, minus = (sent - lost for sent, lost in zip(self.sent, self.lost, strict=True))
        asked = self.requests.asked
        if self.params.fsm.kind is Kind.INPUT:
            due, found, what = plus + minus, asked, "requests"
        else:
            due, found, what = plus - minus, self.counted, "is counted"
            if not 0 <= asked - self.fires <= self.unseen:
                text = f"the potential fell {self.fires} times as in firing"
                raise LockstepError(f"{text}, with {asked} requests")
            found += min(max(due - found, -self.blurred), self.blurred)
            self.counted, self.fires = found, asked
            self.blurred = self.unseen = 0
        if due != found:
            text = f"{plus} + and {minus} - spikes came and were not lost"
            raise LockstepError(f"{self.requests.name}: {text}: {found} {what}")


def spiking(
    spikes: Spikes,
    rng: np.random.Generator,
    drive: Callable[[int], Drive],
    pauses: Callable[[], bool] = bool,
) -> Partner:
    """Send spikes of either sign, most of them +1; after some of them wait until it sleeps.

    `drive` says what shows some signs, +1 lowest; while somebody `pauses` them, none begins.
    """
    yield {}
    while sum(spikes.sent) < spikes.total:
        while pauses():
            yield {}
        signs = int(rng.choice([1, 1, 1, 2, 3]))
        yield drive(signs)
        spikes.sent[0] += signs & 1
        spikes.sent[1] += signs >> 1
        for _ in range(rng.choice(HELD)):
            yield drive(signs)
        for _ in range(rng.choice(GAPS)):
            yield {}
        while rng.random() < 0.5 and not spikes.asleep:
            yield {}
