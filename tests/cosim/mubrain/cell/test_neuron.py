import pytest

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.cell.neuron import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.cells import clock_and
from goldspike.hdl.mubrain.cell.neuron import Neuron

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
