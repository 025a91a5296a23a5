import numpy as np
import pytest
from amaranth.hdl import Cat

from goldspike.cosim.bench.scoreboard import LockstepError, last_tick
from goldspike.cosim.bench.stimulus import edges
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.recurrent_layer import BENCH
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.mubrain.recurrent_layer import RecurrentLayer
from goldspike.hdl.mubrain.sparse_memory import SparseMemory


def message(config, field):
    """Return what a mismatch says: where, what, and how to see it again."""
    where = rf"^{BENCH.circuit} \({config}\), tick \d+, field {field}(\[\d+\])?"
    again = rf"goldspike verify {BENCH.circuit} --config {config} --seed 1 --steps \d+.*"
    return rf"{where}: expected \S.*, got \S.*, seed 1; reproduce with: {again}$"


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


class LateralOffset(RecurrentLayer):
    """Bug: lateral inputs are off by one."""

    def lines(self):  # neuron k's spike comes back as that of neuron k + 1
        return Cat(self.spikes, self.fired.rotate_left(1))


class LosesOwnSpike(RecurrentLayer):
    """Bug: a neuron's spike on its own grant is lost."""

    def lines(self):  # a spike of the neuron whose grant it came with does not come back
        n = self.params.neurons
        back = [self.fired[k] & (self.arbiter.address != n + k) for k in range(n)]
        return Cat(self.spikes, *back)


class LosesFeedback(RecurrentLayer):
    """Bug: a recurrent layer does not feed back."""

    def lines(self):
        return Cat(self.spikes, self.fired & 0)


class ShiftedMask(SparseMemory):
    def targets(self, source):
        n = self.params.neurons
        return sorted((neuron + 1) % n for neuron in super().targets(source))


class WrongConnectivity(RecurrentLayer):
    """Bug: a recurrent layer with another pattern of synapses."""

    memory_type = ShiftedMask


@pytest.mark.parametrize(
    ("rtl", "field"),
    [
        (LateralOffset, "(source|record|merged)"),
        (LosesOwnSpike, "(source|record|merged)"),
        (LosesFeedback, "(source|record|merged)"),
        (WrongConnectivity, "potential"),
    ],
)
def test_wrong_feedback_is_caught(rtl, field):
    with pytest.raises(LockstepError, match=message("16", field)):
        run_bench(BENCH, "16", rtl=rtl, driver="arrays")
