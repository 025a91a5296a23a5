from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.timing.edge_detector import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.timing.edge_detector import EdgeDetector


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(EdgeDetector, EdgeDetector.next_pending)
def edge_lost_on_a_tie(self, edge):
    """Bug: an edge on the tick of its own grant is lost."""
    return (self.pending | edge) & ~self.taken


def test_an_edge_that_is_lost_on_the_tick_of_a_take_is_caught(caught):
    caught(edge_lost_on_a_tie, "7", "")
