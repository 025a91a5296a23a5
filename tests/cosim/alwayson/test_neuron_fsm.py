import pytest
from amaranth.hdl import Mux

from goldspike.cosim.alwayson.neuron_fsm import BENCH
from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.neuron_fsm import NeuronFsm, State, Steps


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


class OneSignAtATime(Steps):
    """Bug: both signs at once count as one."""

    def updated(self):
        up = self.pending[0]
        return (self.potential + (~up).replicate(self.params.bits) + up)[: self.params.bits]


class FiresAbove(Steps):
    """Bug: a neuron fires only above its threshold."""

    def reaches(self):
        return super().reaches() & (self.potential[:-1] != self.threshold)


class WrapsAtTheTop(Steps):
    def updated(self):
        over = (self.potential == self.params.highest) & (self.pending == 1)
        return Mux(over, 1 << self.params.bits - 1, super().updated())


class Deaf(Steps):
    """Bug: a neuron ignores spikes while it waits for Ack."""

    def wait(self, m):
        with m.If(self.ack):
            self.go_to_sleep(m)


def with_steps(steps):
    """Return the circuit around another FSM."""
    return type("NeuronFsm", (NeuronFsm,), {"steps_type": steps})


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        (OneSignAtATime, "potential"),
        (WrapsAtTheTop, "potential"),
        (FiresAbove, "state"),
        (Deaf, "state"),
    ],
)
def test_a_wrong_step_is_caught(steps, field):
    with pytest.raises(LockstepError, match=rf", tick \d+, field {field}"):
        run_bench(BENCH, "hidden", rtl=with_steps(steps), driver="arrays")


def test_states_of_both_sides_are_the_same():
    from goldspike.model.alwayson.neuron_fsm import NeuronState

    assert {s.name: s.value for s in State} == {s.name: s.value for s in NeuronState}
