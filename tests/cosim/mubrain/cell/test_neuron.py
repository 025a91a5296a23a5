import pytest

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.cell.neuron import BENCH
from goldspike.hdl.cells import clock_and
from goldspike.hdl.mubrain.cell.neuron import Neuron


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


class SpikeIsALevel(Neuron):
    """Bug: `cell`: a neuron that fires twice in a row makes one edge.

    The overflow is the spike: of two in a row the second makes no edge.
    """

    def spike(self, m, overflow):
        return overflow


class SpikeWithoutDelay(Neuron):
    """Bug: `cell`: a glitch precedes a spike.

    The strobe opens before the new overflow is there: the old one makes a glitch.
    """

    def spike(self, m, overflow):
        return clock_and(m, "spike_out", self.strobe, overflow)


@pytest.mark.parametrize("rtl", [SpikeIsALevel, SpikeWithoutDelay])
def test_a_wrong_spike_is_caught(rtl):
    with pytest.raises(LockstepError, match=r", picosecond \d+, field (fired|record)"):
        run_bench(BENCH, "published", rtl=rtl, driver="arrays")
