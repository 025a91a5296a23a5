"""A chain of cores, pooling and a fully connected layer: an array of one core per layer.

Ref: Dazzi 2021, sections 2.1, 2.4 and 3.1, Fig. 1, Fig. 9; see :mod:`goldspike.model.imc.chain`.
"""

from goldspike.hdl.imc.array import Array
from goldspike.model.imc.array import ArrayParams
from goldspike.model.imc.chain import ChainParams

__all__ = ["Chain"]


class Chain(Array):
    """A CNN; one pixel per timestep goes in, one answer per image comes out.

    Bit-exact against :class:`goldspike.model.imc.chain.ChainModel`. Members are those of
    :class:`goldspike.hdl.imc.array.Array`, `program_weight` and `program_scale` in the order
    of the layers.
    """

    def __init__(self, params: ChainParams, *, trace: bool = False) -> None:
        super().__init__(ArrayParams.of(params), trace=trace)
