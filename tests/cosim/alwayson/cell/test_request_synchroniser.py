import pytest

from goldspike.cosim.alwayson.cell.request_synchroniser import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.cell.request_synchroniser import RequestSynchroniser
from goldspike.hdl.bugs import bug_in

FAULTS = [
    ("3", "self.clear | self.rst", "self.clear"),
]

SLOW = ("test_hand_faults",)


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(RequestSynchroniser)
def one_flip_flop(m, synchroniser, inside):
    """Bug: in `cell`, the arbiter sees a request after one flip-flop."""
    m.d.synapse += synchroniser.request_seen.eq(synchroniser.request)


@bug_in(RequestSynchroniser)
def reset_forgotten(m, synchroniser, inside):
    """Bug: in `cell`, a reset does not reach the requests' flip-flops."""
    m.d.comb += inside("request_down").eq(synchroniser.rst)


@bug_in(RequestSynchroniser)
def cleared_by_the_reset(m, synchroniser, inside):
    """Bug: in `cell`, the reset clears the acknowledgements as well."""
    m.d.comb += inside("ack_down").eq(synchroniser.clear | synchroniser.reset | synchroniser.rst)


BUGS = (one_flip_flop, reset_forgotten, cleared_by_the_reset)


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_flip_flop_is_caught(rtl, caught):
    caught(rtl, "3", "", steps=1000)
