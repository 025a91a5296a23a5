import numpy as np
import pytest
from amaranth.hdl import Signal

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.arbiter import BENCH
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.arbiter import Arbiter, PriorityEncoder
from goldspike.hdl.timing.edge_detector import EdgeDetector
from goldspike.model.mubrain.arbiter import ArbiterModel, ArbiterParams, Policy

SLOW = ("test_controls",)


def test_arbiter_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 1500


@bug_in(Arbiter, EdgeDetector.next_pending)
def loses_edge(self, edge):
    """Bug: the arbiter loses an edge on a tie."""
    return (self.pending | edge) & ~self.taken


@bug_in(Arbiter)
def ignores_clear(m, dut, inside):
    """Bug: a clear does not restart the arbiter's search."""
    m.d.comb += dut.encoder.clear.eq(0)


def test_a_clear_that_does_not_restart_the_search_is_caught(caught):
    caught(ignores_clear, "round_robin-7-fast", "address")


@bug_in(Arbiter, PriorityEncoder.behind)
def never_turns(self, m, one_hot):
    """Bug: round robin never turns."""
    return Signal(len(one_hot))


def test_an_edge_lost_on_a_tie_with_its_grant_is_caught(caught):
    caught(loses_edge, "round_robin-16", "pending")


def test_a_round_robin_that_never_turns_is_caught(caught):
    caught(never_turns, "round_robin-7-fast", "address")


@pytest.mark.parametrize("policy", Policy)
def test_a_hundred_thousand_edges_equal_the_model(policy):
    params = ArbiterParams(inputs=256, policy=policy)
    rng = np.random.default_rng(3)
    edges = 0
    for density in (0.3, 0.9, 1.1, 4.0):  # spikes per oscillation: from rest to overload
        with BatchSimulator(Arbiter(params, trace=True), params.trace) as simulator:
            ticks = round(26_000 * params.oscillator.period / density)
            rows, tick, line = random_spikes(simulator, rng, ticks, density)
            got = simulator.run(rows)
        expected = ArbiterModel(params).run(tick, line, traced=True).trace
        assert expected is not None
        assert np.array_equal(got, expected)
        edges += tick.size
    assert edges >= 100_000


def random_spikes(simulator, rng, ticks, density):
    """Return pulses of one tick as rows of stimulus, and as edges sorted by tick."""
    count = round(ticks * density / 10)
    key = np.unique(rng.integers(1, ticks // 2, count) * 2 * 256 + rng.integers(0, 256, count))
    tick, line = np.divmod(key, 256)  # even ticks rise, odd ones fall
    rises, place = np.unique(tick, return_inverse=True)
    rows = simulator.stimulus(2 * rises.size)
    rows["tick"][::2], rows["tick"][1::2] = rises, rises + 1
    np.bitwise_or.at(rows["spikes"], (2 * place, line >> 3), (1 << (line & 7)).astype(np.uint8))
    return rows, tick, line
