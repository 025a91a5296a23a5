import pytest

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.timing.cell.edge_detector import BENCH
from goldspike.hdl.timing.cell.edge_detector import EdgeDetector


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


class NeverServed(EdgeDetector):
    """Bug: `cell`: a take of a spike does not reach its flip-flop.

    A take does not reach its flip-flop's input.
    """

    def next_served(self, asked, served):
        return served


class TakesWhatIsNotThere(EdgeDetector):
    """Bug: `cell`: a take invents a spike where none waits.

    A take turns its flip-flop over whether or not a spike waits.
    """

    def next_served(self, asked, served):
        return ~served


@pytest.mark.parametrize("rtl", [NeverServed, TakesWhatIsNotThere])
def test_a_wrong_feedback_is_caught(rtl):
    with pytest.raises(LockstepError, match=r", picosecond \d+, field pending"):
        run_bench(BENCH, "7", rtl=rtl, driver="arrays")
