"""A recurrent layer: its neurons' spikes are inputs of its own arbiter.

Ref: Stuijt 2021, section 2.1 and section 3.1, Fig. 4.
"""

from amaranth.hdl import Cat, Value

from goldspike.hdl.mubrain.layer import Layer
from goldspike.hdl.mubrain.sparse_memory import SparseMemory
from goldspike.model.mubrain.recurrent_layer import RecurrentLayerParams

__all__ = ["RecurrentLayer"]


class RecurrentLayer(Layer):
    """A layer whose arbiter has its inputs from outside, then its own neurons' spikes.

    Bit-exact against :class:`goldspike.model.mubrain.recurrent_layer.RecurrentLayerModel`. Timing
    and ports as those of :class:`goldspike.hdl.mubrain.layer.Layer`, but `merged` has a line per
    arbiter input, and the weight memory has room for the synapses that there are.
    """

    memory_type = SparseMemory

    params: RecurrentLayerParams  # type: ignore[assignment]

    def __init__(self, params: RecurrentLayerParams, *, trace: bool = False) -> None:
        super().__init__(params, trace=trace)  # type: ignore[arg-type]

    def lines(self) -> Value:
        """Return the arbiter's input lines: those from outside first."""
        return Cat(self.spikes, self.fired) | 0  # one net: the arbiter's port keeps its name
