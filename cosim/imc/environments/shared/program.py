"""What is loaded into a core, and what of it counts from when on."""

from typing import NamedTuple

from goldspike.model.imc.core import CoreParams

__all__ = ["Loaded", "Program"]


class Loaded(NamedTuple):
    """Numbers that count for outputs from `first` on: weights row by row, scales by channel."""

    first: int
    weights: list[int]
    scales: list[tuple[int, int]]


class Program:
    """The account of weights and scales: each replaces one that was there, around and around.

    A scale counts at once, weights with the last one of their word, which is some rows of the
    crossbar.
    """

    def __init__(self, params: CoreParams) -> None:
        self.weights = [0] * params.crossbar.loads
        self.scales = [(0, 0)] * params.layer.outputs
        self.size = params.rows_per_tick * params.layer.outputs
        self.shifted: list[int] = []
        self.place = self.channel = 0

    def weight(self, weight: int) -> None:
        """Shift a weight in."""
        self.shifted.append(weight)
        if len(self.shifted) == self.size:
            self.weights[self.place : self.place + self.size] = self.shifted
            self.place = (self.place + self.size) % len(self.weights)
            self.shifted = []

    def scale(self, multiplier: int, bias: int) -> None:
        """Load the next channel's scale."""
        self.scales[self.channel] = multiplier, bias
        self.channel = (self.channel + 1) % len(self.scales)

    def loaded(self, first: int) -> Loaded:
        """Return what counts now, for outputs from `first` on."""
        return Loaded(first, [*self.weights], [*self.scales])
