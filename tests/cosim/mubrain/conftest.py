"""A chip with a bug in every neuron, for the tests that run whole chips."""

import pytest
from amaranth.hdl import Module, Mux, Value

from hdl.mubrain.chip import Chip
from hdl.mubrain.layer import Layer
from hdl.mubrain.neuron import Neuron


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
