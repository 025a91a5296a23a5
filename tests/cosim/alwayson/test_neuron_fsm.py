import pytest
from amaranth.hdl import Mux

from goldspike.cosim.alwayson.neuron_fsm import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.neuron_fsm import NeuronFsm, State, Steps
from goldspike.hdl.bugs import bug_in

FEW = {"threshold"}
"""A number of which few values are driven; the proof leaves it free."""


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(NeuronFsm, Steps.updated)
def one_sign_at_a_time(self):
    """Bug: both signs at once count as one."""
    up = self.pending[0]
    return (self.potential + (~up).replicate(self.params.bits) + up)[: self.params.bits]


@bug_in(NeuronFsm, Steps.reaches)
def fires_above(self):
    """Bug: a neuron fires only above its threshold."""
    return Steps.reaches(self) & (self.potential[:-1] != self.threshold)


@bug_in(NeuronFsm, Steps.updated)
def wraps_at_the_top(self):
    """Bug: a potential wraps at its top."""
    over = (self.potential == self.params.highest) & (self.pending == 1)
    return Mux(over, 1 << self.params.bits - 1, Steps.updated(self))


@bug_in(NeuronFsm, Steps.wait)
def deaf(self, m):
    """Bug: a neuron ignores spikes while it waits for Ack."""
    with m.If(self.ack):
        self.go_to_sleep(m)


@pytest.mark.parametrize(
    ("rtl", "field"),
    [
        (one_sign_at_a_time, "potential"),
        (wraps_at_the_top, "potential"),
        (fires_above, "state"),
        (deaf, "state"),
    ],
)
def test_a_wrong_step_is_caught(rtl, field, caught):
    caught(rtl, "hidden", field)


def test_states_of_both_sides_are_the_same():
    from goldspike.model.alwayson.neuron_fsm import NeuronState

    assert {s.name: s.value for s in State} == {s.name: s.value for s in NeuronState}
