from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.timing.oscillator import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.timing.oscillator import Oscillator

FAULTS = [
    ("longest", "count.eq(count + 1)", "count.eq((count + 1) & 63)"),
    ("most-rounds", "rounds.eq(rounds + 1)", "rounds.eq((rounds + 1) & 63)"),
    (
        "configurable",
        "(divide - 1)[: len(divide)]",
        "(divide - (divide != 1) - (length != 9))[: len(divide)]",
    ),
]

SLOW = ("test_hand_faults",)


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(Oscillator, Oscillator.runs)
def stops_with_the_enable(self, under_way):
    """Bug: an oscillator stops inside a period."""
    return self.enable


def test_an_oscillator_that_stops_inside_a_period_is_caught(caught):
    caught(stops_with_the_enable, "synapse-divided", "")
