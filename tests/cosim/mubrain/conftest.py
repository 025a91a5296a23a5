"""A chip with a bug in every neuron, for the tests that run whole chips."""

import pytest
from amaranth.hdl import Module, Mux, Value

from goldspike.hdl.mubrain.chip import Chip
from goldspike.hdl.mubrain.layer import Layer
from goldspike.hdl.mubrain.neuron import Neuron


class ForgetfulNeuron(Neuron):
    """Loses the remainder when it fires."""

    def wrap_and_clamp(self, m: Module, remainder: Value, carry: Value, negative: Value) -> None:
        super().wrap_and_clamp(m, Mux(carry, 0, remainder), carry, negative)


class ForgetfulLayer(Layer):
    neuron_type = ForgetfulNeuron


class ForgetfulChip(Chip):
    layer_type = ForgetfulLayer


@pytest.fixture
def forgetful_chip() -> type[Chip]:
    return ForgetfulChip
