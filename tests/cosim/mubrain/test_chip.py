"""The whole chip in lockstep: every neuron's potential after every grant, and a bug."""

import pytest
from amaranth.hdl import Cat

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.chip import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.chip import Chip
from goldspike.hdl.mubrain.layer import Layer
from goldspike.hdl.mubrain.recurrent_layer import RecurrentLayer
from goldspike.model.mubrain.chip import MUBRAIN_40NM
from goldspike.model.paths import ROOT
from goldspike.mubrain.circuit import LockstepEngine
from goldspike.workloads.dataset import digits, prepare
from goldspike.workloads.mubrain.encoding import EncodingParams, encode
from goldspike.workloads.mubrain.reservoir import load_reservoir

APART = {("in_address", "clear")}
"""An address counts as its strobe rises; on a clear, which is given at rest, none does."""

FAULTS = [
    ("5-4-3", "layer.scale.eq(self.scale[k])", "layer.scale.eq(int(self.params.scales[k]))"),
    ("5-4-3", "layer.scale.eq(self.scale[k])", "layer.scale.eq(self.scale[k] | (k == 0))"),
    ("5-4-3", "readout.elapsed.eq(self.elapsed)", "readout.elapsed.eq(self.elapsed[:24])"),
    ("5-4-3", "output.clear.eq(self.clear)", "output.clear.eq(0)"),
    ("5-4-3", "readout.clear.eq(self.clear)", "readout.clear.eq(self.load[0])"),
    ("5-4-3", "self.invalid.eq(aer_input.invalid)", "self.invalid.eq(0)"),
    ("5-4-3", "layer.load.eq(self.load[k])", "layer.load.eq(self.load[k] & ~self.in_strobe)"),
    ("5-4-3", "layer.load.eq(self.load[k])", "layer.load.eq(self.load[: k + 1].any())"),
    ("5-4-3", "layer.load.eq(self.load[k])", "layer.load.eq(self.load[k] & ~self.clear)"),
    ("5-4-3", "layer.clear.eq(self.clear)", "layer.clear.eq(self.clear | self.load[k])"),
    ("5-4-3", "layer.load.eq(self.load[k])", "layer.load.eq(self.load == 1 << k)"),
    ("5-4-3", "strobe.eq(self.in_strobe)", "strobe.eq(self.in_strobe & ~self.clear)"),
    ("6-6-3-2-recurrent", "self.bias[layer])", "self.bias[layer] & ~self.clear)"),
    ("6-6-3-2-recurrent", "self.bias[layer])", "self.bias[layer] & ~self.load.any())"),
    ("6-6-3-2-recurrent", "self.bias[layer])", "self.bias[layer] & ~self.bias.all())"),
]

SLOW = ("test_hand_faults",)

NET_40NM = ROOT / "nets" / "mubrain_40nm.npz"


def test_lockstep(cocotb_config: str) -> None:
    assert run_bench(BENCH, cocotb_config).compared > 1000


def test_lost_remainder_is_caught_on_a_real_digit(forgetful_chip: type[Chip]) -> None:
    message = r"tick \d+, field layer1\.potential\[\d+\]: expected \d+, got 0, seed 1"
    with pytest.raises(LockstepError, match=message):
        run_bench(BENCH, "mnist", steps=1, rtl=forgetful_chip, driver="arrays")


@pytest.mark.slow
def test_the_chip_in_40_nm_equals_its_model_on_five_digits() -> None:
    found = run_bench(BENCH, "40nm", driver="arrays", steps=5)
    assert found.compared > 30_000
    assert found.coverage["grants of neurons of layer1"] > 1000
    engine = LockstepEngine(MUBRAIN_40NM, load_reservoir(NET_40NM, MUBRAIN_40NM))
    events = [encode(x, EncodingParams(), k) for k, x in enumerate(prepare(digits("test").x[:5]))]
    assert len(list(engine.run_all(events))) == 5 and engine.compared > 30_000


@bug_in(Chip, RecurrentLayer.lines)
def loses_feedback(self):
    """Bug: a chip's recurrent layer does not feed back."""
    return Cat(self.spikes, self.fired & 0)


@bug_in(Chip, Chip.joined)
def deaf_to_bias(self, spikes, layer):
    """Bug: a chip ignores its bias inputs."""
    return Cat(spikes, 0) if self.params.biases[layer] else spikes


@bug_in(Chip, Chip.joined)
def swaps_bias(self, spikes, layer):
    """Bug: a bias is the first source of its layer."""
    return Cat(self.bias[layer], spikes) if self.params.biases[layer] else spikes


@bug_in(Chip, Layer.integrates)
def no_bias_weight(self):
    """Bug: a chip's biases have no weight."""
    if isinstance(self, RecurrentLayer):
        return self.arbiter.grant
    return self.arbiter.grant & (self.arbiter.address != self.params.inputs - 1)


@pytest.mark.parametrize(
    ("rtl", "field"),
    [
        (loses_feedback, r"layer1\.(record|source|merged.*|potential.*)"),
        (deaf_to_bias, r"layer[23]\.(record|source)"),
        (swaps_bias, r"layer[23]\.(source|merged.*)"),
        (no_bias_weight, r"layer[23]\.(potential.*|fired.*)"),
    ],
)
def test_wrong_feedback_and_wrong_biases_are_caught(rtl: type[Chip], field: str, caught) -> None:
    caught(rtl, "6-6-3-2-recurrent", field)
