from dataclasses import replace

import numpy as np
import pytest
from amaranth.hdl import Value

from goldspike.cosim.bench.parameters import named
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.cell.layer import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.cells import delayed
from goldspike.hdl.mubrain.cell.layer import Layer
from goldspike.model.mubrain.layer import INTEGRATE_PS, LayerParams
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams
from goldspike.model.mubrain.weight_memory import Storage

FAULTS = [
    ("7x3", "arbiter.clear.eq(self.clear)", "arbiter.clear.eq(0)"),
    ("7x3", "neuron.clear.eq(self.clear)", "neuron.clear.eq(self.clear & ~self.scale)"),
    (
        "7x3",
        'clocked(m, "loaded", self.load)',
        'clocked(m, "loaded", self.load & ~self.spikes.any())',
    ),
    (
        "7x3",
        "arbiter.spikes.eq(self.spikes)",
        "arbiter.spikes.eq(self.spikes & ~self.clear.replicate(7))",
    ),
    ("7x3", "neuron.clear.eq(self.clear)", "neuron.clear.eq(self.clear & ~self.spikes.any())"),
]

SLOW = ("test_hand_faults",)


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@pytest.mark.parametrize("name", ["clear", "load"])
def test_what_is_given_while_a_spike_is_served_is_forbidden(name):
    bench = BENCH("7x3")
    rows = bench.stimulus(np.random.default_rng(1), 100)
    expected = bench.expect(rows)
    assert not any(ticks.size for ticks in bench.forbidden(rows, expected).values())
    grant = expected["tick"][expected["integrated"] == 1][0]
    rows[name][np.searchsorted(rows["tick"], grant) - 1] = 1
    assert any(ticks.size for ticks in bench.forbidden(rows, expected).values())


@bug_in(Layer, Layer.strobe)
def integrates_on_the_fall(self, m, grant):
    """Bug: `cell`: neurons integrate on the wrong edge of the grant.

    The strobe is upside down: the neurons integrate as the grant is over.
    """
    return delayed(m, "strobe", Value.cast(~grant), INTEGRATE_PS)


@bug_in(Layer, Layer.strobe)
def integrates_the_word_before(self, m, grant):
    """Bug: `cell`: neurons are faster than their memory."""
    return grant


@pytest.mark.parametrize("rtl", [integrates_on_the_fall, integrates_the_word_before])
def test_a_wrong_strobe_is_caught(rtl, caught):
    caught(rtl, "7x3-linear", "(record|integrated)")


def test_weights_in_a_memory_are_refused():
    with pytest.raises(ValueError, match="keeps its weights in registers"):
        Layer(replace(BENCH.configs["16x10"], storage=Storage.MEMORY))


@pytest.mark.parametrize(
    ("phases", "words"),
    [
        ({"load": 2000, "select": 1000, "access": 1000, "recover": 1000}, "longer than the 5000"),
        ({"load": 1, "select": 1, "access": 1998, "recover": 9000}, "longer than the 2000 ps from"),
    ],
)
def test_an_oscillator_that_is_too_fast_is_refused(phases, words):
    slower = {**phases, "load": phases["load"] + 1}
    assert Layer(LayerParams(oscillator=MultiPhaseOscillatorParams(**slower)))
    with pytest.raises(ValueError, match=words):
        Layer(LayerParams(oscillator=MultiPhaseOscillatorParams(**phases)))


def test_the_fastest_oscillator_is_in_lockstep():
    delays = {"load": 2000, "select": 1, "access": 1, "recover": 3000}
    changes = named({f"oscillator.{phase}": ps for phase, ps in delays.items()})
    run_bench(BENCH, f"inputs=3,neurons=2,{changes}", driver="arrays", steps=400)
