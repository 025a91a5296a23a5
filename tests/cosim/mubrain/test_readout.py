import pytest

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.readout import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.readout import Readout

FAULTS = [
    ("3-narrow", "sampled = Signal()", "sampled = Signal(reset_less=True)"),
]

SLOW = ("test_hand_faults",)


def test_readout_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 700


@bug_in(Readout, Readout.is_shorter)
def interval_ties_up(self, interval):
    """Bug: ties of intervals go to the higher class."""
    ties = (interval == self.shortest_interval) & (self.address > self.shortest_class)
    return (interval < self.shortest_interval) | ties


@bug_in(Readout, Readout.is_more)
def count_ties_up(self, count):
    """Bug: ties of counts go to the higher class."""
    return count >= self.most_count


@pytest.mark.parametrize(
    ("rtl", "field"), [(interval_ties_up, "shortest_class"), (count_ties_up, "most_class")]
)
def test_a_tie_that_goes_to_the_higher_class_is_caught(rtl, field, caught):
    caught(rtl, "10", field)
