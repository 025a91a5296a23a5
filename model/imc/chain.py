"""A chain of cores, pooling and a fully connected layer: a small CNN on chip.

Ref: Dazzi 2021, sections 2.1, 2.4 and 3.1, Fig. 1, Fig. 9. Cores, links and the end run by
themselves; all they share is the timestep, which lasts as long as the busiest core may take.
Besides the chain, residual links lead from one core's input memory to a later core's digital
processor. A chain is an array of one core per layer. This is the level of the clock cycle;
:mod:`goldspike.model.imc.shared.dataflow` is that of the timestep.
"""

from goldspike.model.imc.array import ArrayParams
from goldspike.model.imc.shared.array_ticks import ArrayModel
from goldspike.model.imc.shared.chain import ChainParams, CoreWeights, Weights

__all__ = ["ChainModel", "ChainParams", "CoreWeights", "Weights"]


class ChainModel(ArrayModel):
    """A chain, tick by tick."""

    def __init__(self, params: ChainParams, weights: Weights) -> None:
        super().__init__(ArrayParams.of(params), weights)
