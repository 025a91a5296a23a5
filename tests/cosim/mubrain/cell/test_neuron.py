import numpy as np
import pytest

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.cell.neuron import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.cells import clock_and
from goldspike.hdl.mubrain.cell.neuron import Neuron

APART = {("strobe", "clear")}
"""No clear from a strobe to the end of its spike."""

FAULTS = [
    ("published", "self.rst | self.clear", "self.clear"),
]

SLOW = ("test_hand_faults",)


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(Neuron, Neuron.spike)
def spike_is_a_level(self, m, overflow):
    """Bug: `cell`: a neuron that fires twice in a row makes one edge.

    The overflow is the spike: of two in a row the second makes no edge.
    """
    return overflow


@bug_in(Neuron, Neuron.spike)
def spike_without_delay(self, m, overflow):
    """Bug: `cell`: a glitch precedes a spike.

    The strobe opens before the new overflow is there: the old one makes a glitch.
    """
    return clock_and(m, "spike_out", self.strobe, overflow)


@pytest.mark.parametrize("rtl", [spike_is_a_level, spike_without_delay])
def test_a_wrong_spike_is_caught(rtl, caught):
    caught(rtl, "published", "(fired|record)")


def test_a_clear_before_the_spike_is_over_is_forbidden():
    bench = BENCH("published")
    rows = bench.stimulus(np.random.default_rng(1), 100)
    (ticks,) = bench.forbidden(rows, bench.expect(rows)).values()
    assert not ticks.size
    falls = np.flatnonzero(np.diff(rows["strobe"].astype(int)) < 0)
    rows["clear"][falls + 1] = 1
    (ticks,) = bench.forbidden(rows, bench.expect(rows)).values()
    assert ticks.size
