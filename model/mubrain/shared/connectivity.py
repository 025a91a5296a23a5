"""Random lateral connectivity: which of a layer's neurons reach which, drawn before synthesis.

Ref: Stuijt 2021, section 3.1: "The RFC layer has a random connectivity pattern of about 30%,
allowing savings in weight memory". Of its 19,878 weight registers 256 belong to the inputs, one
each (Fig. 4), which leaves 19,622 lateral ones: 29.94 % of all 256 x 256 pairs, or 30.06 % of the
pairs of two different neurons. The paper says neither which pairs they are nor whether a neuron may
reach itself. Here it may, and the pattern is a seed's: the pairs with the smallest random numbers.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.params import require_int

__all__ = ["Connectivity"]


@dataclass(frozen=True, kw_only=True)
class Connectivity:
    """A random pattern of synapses from each neuron of a layer to the others and itself.

    Parameters
    ----------
    neurons : int
        Neurons of the layer, 1..256.
    synapses : int
        Pairs that are connected, 0..neurons**2.
    seed : int
        Seed of the pattern.
    """

    neurons: int = 256
    synapses: int = 19_622
    seed: int = 1

    def __post_init__(self) -> None:
        require_int("neurons", self.neurons, 1, 256)
        require_int("synapses", self.synapses, 0, self.neurons**2)
        require_int("seed", self.seed, 0)

    @property
    def mask(self) -> np.ndarray:
        """Which synapses there are: bool (neurons, neurons), from row to column.

        Raw words of a counter-based generator, because those stay the same over NumPy's versions.
        """
        pairs = np.random.Philox(self.seed).random_raw(self.neurons**2)
        mask = np.zeros(self.neurons**2, bool)
        mask[np.argsort(pairs, kind="stable")[: self.synapses]] = True
        return mask.reshape(self.neurons, self.neurons)
