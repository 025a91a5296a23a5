"""How many axons and neurons a core has, and the bits of their numbers."""

from dataclasses import dataclass

from goldspike.model.params import require_int

__all__ = ["MOST", "AxonCount", "CoreSize"]

MOST = 512
"""Axons, or neurons, of a core."""


def number_bits(count: int) -> int:
    """Return the bits of a number below `count`."""
    return max(1, (count - 1).bit_length())


@dataclass(frozen=True, kw_only=True)
class AxonCount:
    """How many axons."""

    axons: int = 256

    def __post_init__(self) -> None:
        require_int("axons", self.axons, 1, MOST)

    @property
    def axon_bits(self) -> int:
        """Bits of an axon's number."""
        return number_bits(self.axons)


@dataclass(frozen=True, kw_only=True)
class CoreSize(AxonCount):
    """How many axons and neurons."""

    neurons: int = 256

    def __post_init__(self) -> None:
        super().__post_init__()
        require_int("neurons", self.neurons, 1, MOST)

    @property
    def neuron_bits(self) -> int:
        """Bits of a neuron's number."""
        return number_bits(self.neurons)
