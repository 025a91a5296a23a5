"""Plain neurons, of which anyone can say when they fire: sum of spikes, threshold, back to zero."""

from dataclasses import dataclass

import numpy as np

from goldspike.model.truenorth.core_sram import CoreSramParams

__all__ = ["Plain", "draw_plain", "packed"]


@dataclass
class Plain:
    """A neuron that adds 1 for every spike, and fires at its threshold.

    Attributes
    ----------
    axons : set of int
        The axons that it listens to.
    threshold : int
    dx, dy, axon, delay : int
        Where its spike goes; nowhere with a delay of 0.
    potential : int
    """

    axons: set[int]
    threshold: int
    dx: int = 0
    dy: int = 0
    axon: int = 0
    delay: int = 0
    potential: int = 0

    def step(self, active: set[int]) -> bool:
        """Go through a step; return whether it fires."""
        self.potential += len(self.axons & active)
        fires = self.potential >= self.threshold
        if fires:
            self.potential = 0
        return fires

    def row(self, params: CoreSramParams) -> int:
        """Return its row of the memory; all axons are of a type whose weight is 1."""
        values = {
            "synapses": sum(1 << axon for axon in self.axons),
            "potential": self.potential, "weight_0": 1, "alpha": self.threshold,
            "beta": (1 << params.neuron.threshold_bits) - 1,
            "dx": self.dx, "dy": self.dy, "axon": self.axon, "delay": self.delay,
        }  # fmt: skip
        row = place = 0
        for name, width in params.fields:
            row |= (values.get(name, 0) & (1 << width) - 1) << place
            place += width
        return row


def draw_plain(rng: np.random.Generator, axons: int) -> Plain:
    """Draw a neuron of a core that stands alone."""
    dx, dy = rng.integers(-256, 256, 2).tolist()
    return Plain(
        axons={axon for axon in range(axons) if rng.random() < 0.6},
        threshold=int(rng.integers(1, 8)),
        dx=dx, dy=dy, axon=int(rng.integers(axons)), delay=int(rng.integers(16)),
        potential=int(rng.integers(5)),
    )  # fmt: skip


def packed(dx: int, dy: int, slot: int, axon: int) -> int:
    """Return a spike as one number."""
    return dx & 511 | (dy & 511) << 9 | slot << 18 | axon << 22
