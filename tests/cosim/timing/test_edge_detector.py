import pytest

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.timing.edge_detector import BENCH
from goldspike.hdl.timing.edge_detector import EdgeDetector


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


class EdgeLostOnATie(EdgeDetector):
    """Bug: an edge on the tick of its own grant is lost."""

    def next_pending(self, edge):
        return (self.pending | edge) & ~self.taken


def test_an_edge_that_is_lost_on_the_tick_of_a_take_is_caught():
    with pytest.raises(LockstepError, match=r", tick \d+, field "):
        run_bench(BENCH, "7", rtl=EdgeLostOnATie, driver="arrays")
