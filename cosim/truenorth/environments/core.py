"""Around a core: spikes that come at any time, steps, new neurons, and who takes its spikes."""

from typing import ClassVar

from goldspike.cosim.bench.environment import Drive, Environment, Partner, Seen
from goldspike.cosim.bench.partners import Passage, whims
from goldspike.cosim.truenorth.environments.shared.plain import draw_plain, packed
from goldspike.model.errors import LockstepError
from goldspike.model.truenorth.core import CoreParams

__all__ = ["ENVIRONMENT", "CoreEnvironment"]

SPIKES = 500
SLOTS = 16


class Spikes(Passage):
    """The account of spikes: on their axons until their step, then those of the neurons' own."""

    def __init__(self) -> None:
        super().__init__("spikes", SPIKES)
        self.slots: list[set[int]] = [set() for _ in range(SLOTS)]
        self.came = self.steps = 0

    @property
    def moves(self) -> int:
        """Spikes that came and left, and steps."""
        return self.came + self.left + self.steps

    @property
    def open(self) -> str:
        """Spikes that are to come, wait for their step, or are to leave."""
        waits = sum(map(len, self.slots))
        if self.came == SPIKES and not (waits or self.inside):
            return ""
        return f"{self.came} of {SPIKES} spikes came, {waits} wait, {len(self.inside)} are to leave"


class CoreEnvironment(Environment):
    """Every spike is in its step, and what the neurons send is taken once and in order.

    A clear drops the spikes that wait, and all potentials; a neuron that is loaded, its own.
    """

    params: CoreParams
    configs: ClassVar = ("5x3", "narrow")
    controls: ClassVar = ("clear", "load", "sync")

    def meet(self) -> list[Partner]:
        """Open the account of spikes."""
        self.spikes, self.slot = Spikes(), 0
        self.neurons = [draw_plain(self.rng, self.params.axons) for _ in range(self.params.neurons)]
        self.accounts.append(self.spikes)
        return [self.leads(), self.takes()]

    def leads(self) -> Partner:
        """Load a core, then send it spikes at any time; steps, clears and loads come at rest.

        A busy core is asked for steps and clears, too, and ignores it.
        """
        params, rng = self.params, self.rng
        yield {}
        for k in range(params.neurons):
            yield self.load(k)
        seen = yield {"load_types": 1}
        syncs, clears, loads = (whims(rng, moods) for moods in (
            (1.0, 0.3, 0.05), (0.05, 0.0, 0.0), (0.1, 0.0, 0.0)
        ))  # fmt: skip
        sends = whims(rng, (0.7, 0.2, 0.02))
        while True:
            inputs: Drive = {"sync": next(syncs), "clear": next(clears)}
            if next(loads) and not seen.next("busy"):
                k = int(rng.integers(params.neurons))
                self.neurons[k] = draw_plain(rng, params.axons)
                inputs |= self.load(k)
            spike = {"spike_slot": rng.integers(SLOTS), "spike_axon": rng.integers(params.axons)}
            spike = {name: int(value) for name, value in spike.items()}
            spike["spike_valid"] = self.spikes.came < SPIKES and next(sends)
            seen = yield inputs | spike
            self.go_on(seen, inputs, spike)

    def load(self, neuron: int) -> Drive:
        """Return what loads a neuron."""
        return {
            "load": 1, "load_neuron": neuron,
            "load_row": self.neurons[neuron].row(self.params.sram),
        }  # fmt: skip

    def go_on(self, seen: Seen, inputs: Drive, spike: Drive) -> None:
        """Follow a tick: what begins on it, and the spike that came."""
        spikes, slot, axon = self.spikes, spike["spike_slot"], spike["spike_axon"]
        rests, clears = not seen["busy"], bool(inputs["clear"])
        if seen["slot"] != self.slot:
            raise LockstepError(f"step {seen['slot']} is next, not {self.slot}")
        if rests and spikes.inside:
            raise LockstepError(f"a step is over, and {len(spikes.inside)} spikes have not left")
        if rests and inputs["sync"] and not clears:
            self.step()
        merges = spike["spike_valid"] and axon in spikes.slots[slot] and not (rests and clears)
        if bool(seen["merged"]) != bool(merges):
            raise LockstepError(f"a spike merges on axon {axon}, or should: {seen['merged']}")
        if spike["spike_valid"]:
            spikes.slots[slot].add(axon)
            spikes.came += 1
        if rests and clears:
            spikes.slots = [set() for _ in range(SLOTS)]
            self.slot = 0
            for neuron in self.neurons:
                neuron.potential = 0

    def step(self) -> None:
        """Work out what a step sends, neuron by neuron."""
        spikes, now = self.spikes, self.slot
        active, spikes.slots[now] = spikes.slots[now], set()
        for neuron in self.neurons:
            if neuron.step(active) and neuron.delay:
                arrives = (now + neuron.delay) % SLOTS
                spikes.enter(packed(neuron.dx, neuron.dy, arrives, neuron.axon))
        self.slot = (now + 1) % SLOTS
        spikes.steps += 1

    def takes(self) -> Partner:
        """Take spikes, or not."""
        willing = whims(self.rng)
        names = ("out_dx", "out_dy", "out_slot", "out_axon")
        while True:
            ready = next(willing)
            seen = yield {"out_ready": ready}
            if ready and seen["out_valid"]:
                dx, dy, slot, axon = (seen[name] for name in names)
                self.spikes.leave(packed(dx, dy, slot, axon))


ENVIRONMENT = CoreEnvironment
