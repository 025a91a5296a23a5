"""What a core is loaded with: synapses, types of axons, neurons, seed.

Ref: Akopyan 2015, core SRAM: 410 bits per neuron, 256 of them synapses. How the 124 bits of state
are divided is ours, after the neuron of Cassidy 2013.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from goldspike.model.params import require_int

__all__ = ["LARGEST_DELAY", "LIMITS", "NEURON", "TYPES", "CoreImage", "blank"]

TYPES = 4
"""Types of axons: as many weights has a neuron."""
LARGEST_DELAY = 15
"""Steps; a spike is on its axon 1 to 15 steps after it was sent."""

NEURON = np.dtype(
    [
        ("potential", "<i4"),
        ("weights", "<i2", (TYPES,)),
        ("stochastic_weights", "?", (TYPES,)),
        ("leak", "<i2"),
        ("stochastic_leak", "?"),
        ("reversal", "?"),
        ("alpha", "<i4"),
        ("beta", "<i4"),
        ("mask", "u1"),
        ("reset", "<i2"),
        ("gamma", "u1"),
        ("kappa", "?"),
        ("dx", "<i2"),
        ("dy", "<i2"),
        ("axon", "<u2"),
        ("delay", "u1"),
    ]
)
"""A neuron.

``potential`` V at the start; ``weights`` by the type of the axon, each with a flag that makes it
stochastic; ``leak``, likewise, and ``reversal``: the leak goes with the sign of V; ``alpha`` and
``beta``: thresholds above and below; ``mask``: how many bits are drawn for both; ``reset`` R;
``gamma``: 0 resets to R, 1 subtracts the threshold, 2 and 3 leave V as it is; ``kappa``: V stops at
-beta; ``dx``, ``dy``: cores to the east and north; ``axon`` there; ``delay`` in steps, 0 for a
neuron that sends nowhere.
"""

LIMITS = {
    "potential": (-(1 << 19), (1 << 19) - 1),
    "weights": (-256, 255),
    "leak": (-256, 255),
    "alpha": (0, (1 << 18) - 1),
    "beta": (0, (1 << 18) - 1),
    "mask": (0, 18),
    "reset": (-256, 255),
    "gamma": (0, 3),
    "dx": (-256, 255),
    "dy": (-256, 255),
    "delay": (0, LARGEST_DELAY),
}
"""Least and largest value of a field."""


@dataclass(frozen=True, kw_only=True)
class CoreImage:
    """What a core is loaded with.

    Parameters
    ----------
    connected : bool (axons, neurons)
        Synapses.
    types : uint8 (axons,)
        Type of each axon, 0 to 3: which of a neuron's weights it adds.
    neurons : NEURON (neurons,)
    seed : int
        Of the PRNG; 0 would stay 0 for ever.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit or a value is out of its range.
    """

    connected: np.ndarray[Any, np.dtype[np.bool_]]
    types: np.ndarray[Any, np.dtype[np.uint8]]
    neurons: np.ndarray
    seed: int = 1

    def __post_init__(self) -> None:
        if self.connected.ndim != 2 or self.connected.dtype != bool:
            raise ValueError("connected must be a boolean array of axons x neurons")
        axons, neurons = self.connected.shape
        require_int("axons", axons, 1, 512)
        require_int("neurons", neurons, 1, 512)
        if self.types.shape != (axons,) or self.types.dtype != np.uint8:
            raise ValueError(f"types must be a uint8 array of {axons} axons")
        if self.neurons.shape != (neurons,) or self.neurons.dtype != NEURON:
            raise ValueError(f"neurons must be an array of {neurons} NEURON records")
        wrong = np.flatnonzero(self.types >= TYPES)
        if wrong.size:
            raise ValueError(f"axon {wrong[0]} has type {self.types[wrong[0]]}; expected 0..3")
        for name, (low, high) in LIMITS.items():
            values = self.neurons[name].reshape(neurons, -1)
            wrong = np.flatnonzero(((values < low) | (values > high)).any(axis=1))
            if wrong.size:
                shown = self.neurons[name][wrong[0]].tolist()
                raise ValueError(f"neuron {wrong[0]} has {name} {shown}; expected {low}..{high}")
        require_int("seed", self.seed, 1, (1 << 32) - 1)

    @property
    def axons(self) -> int:
        """How many axons there are."""
        return self.connected.shape[0]

    @property
    def size(self) -> int:
        """How many neurons there are."""
        return self.connected.shape[1]


def blank(axons: int = 256, neurons: int = 256) -> CoreImage:
    """Return an image without synapses whose neurons send nowhere and do not fire."""
    fields = np.zeros(neurons, NEURON)
    fields["alpha"] = LIMITS["alpha"][1]
    return CoreImage(
        connected=np.zeros((axons, neurons), bool), types=np.zeros(axons, np.uint8), neurons=fields
    )
