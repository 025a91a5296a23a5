"""The whole chip in lockstep: every neuron's potential after every grant, and a bug."""

import pytest
from amaranth.hdl import Module, Mux, Value

from cosim.mubrain.chip import BENCH
from cosim.runner import run_bench
from cosim.scoreboard import LockstepError
from hdl.mubrain.chip import Chip
from hdl.mubrain.layer import Layer
from hdl.mubrain.neuron import Neuron


@pytest.mark.parametrize("config", BENCH.configs)
def test_lockstep(config: str) -> None:
    assert run_bench(BENCH, config).compared > 1000


class ForgetfulNeuron(Neuron):
    """Loses the remainder when it fires."""

    def wrap_and_clamp(self, m: Module, remainder: Value, carry: Value, negative: Value) -> None:
        super().wrap_and_clamp(m, Mux(carry, 0, remainder), carry, negative)


class ForgetfulLayer(Layer):
    neuron_type = ForgetfulNeuron


class ForgetfulChip(Chip):
    layer_type = ForgetfulLayer


def test_lost_remainder_is_caught_on_a_real_digit() -> None:
    message = r"tick \d+, field layer1\.potential\[\d+\]: expected \d+, got 0, seed 1"
    with pytest.raises(LockstepError, match=message):
        run_bench(BENCH, "mnist", steps=1, rtl=ForgetfulChip)
