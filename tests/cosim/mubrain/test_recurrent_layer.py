import numpy as np
import pytest
from amaranth.hdl import Cat

from goldspike.cosim.bench.scoreboard import last_tick
from goldspike.cosim.bench.stimulus import edges, up
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.layer import SAMPLES
from goldspike.cosim.mubrain.recurrent_layer import BENCH
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.recurrent_layer import RecurrentLayer
from goldspike.hdl.mubrain.sparse_memory import SparseMemory

FAULTS = [
    (
        "5-fast",
        "Cat(self.spikes, self.fired) | 0",
        "Cat(self.spikes, self.fired & ~self.scale.replicate(len(self.fired)))",
    ),
    (
        "20-full-fast",
        "Cat(self.spikes, self.fired) | 0",
        "Cat(self.spikes, self.fired & ~(self.fired.all() << len(self.fired) - 1))",
    ),
]


def test_recurrent_layer_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 400


def test_of_a_hundred_thousand_edges_in_the_circuit_none_is_unaccounted():
    job = BENCH("20-full-fast")
    n = job.params.neurons
    rows = job.stimulus(np.random.default_rng(3), 300_000)
    with BatchSimulator(job.make(), job.layout) as simulator:
        got = simulator.run(rows, last_tick(rows, rows) + 100)
    bits = [np.unpackbits(got[name], axis=1, bitorder="little") for name in ("fired", "merged")]
    fired, merged = (part.sum(axis=0, dtype=np.int64) for part in bits)
    _, line = edges(rows, "spikes", n)
    asked = np.concatenate([np.bincount(line, minlength=n), fired[:n]])
    granted = np.bincount(got["source"][got["integrated"] == 1], minlength=2 * n)
    assert asked.sum() >= 100_000 and merged.sum() > 10_000 and fired.sum() > 10_000
    assert (granted + merged[: 2 * n] == asked).all()


@bug_in(RecurrentLayer, RecurrentLayer.lines)
def lateral_offset(self):
    """Bug: lateral inputs are off by one."""
    return Cat(self.spikes, self.fired.rotate_left(1))


@bug_in(RecurrentLayer, RecurrentLayer.lines)
def loses_own_spike(self):
    """Bug: a neuron's spike on its own grant is lost."""
    n = self.params.neurons
    back = [self.fired[k] & (self.arbiter.address != n + k) for k in range(n)]
    return Cat(self.spikes, *back)


@bug_in(RecurrentLayer, RecurrentLayer.lines)
def loses_feedback(self):
    """Bug: a recurrent layer does not feed back."""
    return Cat(self.spikes, self.fired & 0)


@bug_in(RecurrentLayer, SparseMemory.targets)
def wrong_connectivity(self, source):
    """Bug: a recurrent layer with another pattern of synapses."""
    n = self.params.neurons
    return sorted((neuron + 1) % n for neuron in SparseMemory.targets(self, source))


@pytest.mark.parametrize(
    ("rtl", "field"),
    [
        (lateral_offset, "(source|record|merged)"),
        (loses_own_spike, "(source|record|merged)"),
        (loses_feedback, "(source|record|merged)"),
        (wrong_connectivity, "potential"),
    ],
)
def test_wrong_feedback_is_caught(rtl, field, caught):
    caught(rtl, "16", field)


@pytest.mark.parametrize("seed", [2, 3, 7])
def test_weights_that_are_kept_let_any_stimulus_come_to_rest(seed):
    rows = BENCH("20-full-fast").stimulus(np.random.default_rng(seed), BENCH.steps)
    assert up(rows, "clear").size == SAMPLES + 1
