import re

import numpy as np
import pytest

from goldspike.hdl.alwayson.neuron import Neuron
from goldspike.hdl.verilog import to_verilog
from goldspike.model.alwayson.neuron import NeuronModel, NeuronParams
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmParams
from goldspike.model.timing.power_gate import PowerGateParams

TICKS, QUIET = 1500, 60
SLOW = PowerGateParams(wake=3, reset=1, isolate=2, settle=3)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("power", [PowerGateParams(), SLOW], ids=["zigzag", "slow"])
def test_poisoned_neuron_equals_its_model(rtl, changes, kind, power):
    params, rng = (
        NeuronParams(fsm=NeuronFsmParams(kind=kind), power=power),
        np.random.default_rng(3),
    )
    low, period = power.waking, power.waking + 2
    place = np.arange(1, TICKS + 1) % period
    chance = np.repeat(rng.choice([0.01, 0.3], TICKS // 50), 50)[:, None]
    spikes = rng.random((TICKS, 2)) < chance
    spikes[-2:] = False
    levels = {
        "rises": place == low, "falls": place == 0, "ack": rng.random(TICKS) < 0.4,
        "clear": rng.random(TICKS) < 0.005, "threshold": np.full(TICKS, 2),
    }  # fmt: skip
    model, words = NeuronModel(params), []
    for k in range(TICKS):
        inputs = {name: level[k] for name, level in levels.items()}
        model.tick(spikes[k], **inputs)
        words.append(model.word)
    for _ in range(QUIET):  # the inputs are low
        model.tick(np.zeros(2, bool), threshold=0)
        words.append(model.word)
    assert model.word[9] > 0  # lost
    assert rtl(Neuron, params, spikes=spikes @ [1, 2], **levels) == changes(words)


def test_poison_is_in_the_traced_circuit_only():
    assert re.search(r"\bnoise\b", to_verilog(Neuron(NeuronParams(), trace=True)))
    plain = to_verilog(Neuron(NeuronParams()))
    assert not re.search(r"noise|\boff\b|pulses|trace", plain)
