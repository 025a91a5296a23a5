import pytest

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.timing.cell.edge_detector import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.timing.cell.edge_detector import EdgeDetector


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(EdgeDetector, EdgeDetector.next_served)
def never_served(self, asked, served):
    """Bug: `cell`: a take of a spike does not reach its flip-flop.

    A take does not reach its flip-flop's input.
    """
    return served


@bug_in(EdgeDetector, EdgeDetector.next_served)
def takes_what_is_not_there(self, asked, served):
    """Bug: `cell`: a take invents a spike where none waits.

    A take turns its flip-flop over whether or not a spike waits.
    """
    return ~served


@pytest.mark.parametrize("rtl", [never_served, takes_what_is_not_there])
def test_a_wrong_feedback_is_caught(rtl, caught):
    caught(rtl, "7", "pending")
