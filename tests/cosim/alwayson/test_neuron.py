import pytest
from amaranth.hdl import Const

from goldspike.cosim.alwayson.neuron import BENCH
from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.neuron import Neuron
from goldspike.hdl.alwayson.neuron_fsm import NeuronFsm, Steps


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


class NoWakeupReset(Neuron):
    """Bug: a wake-up does not reset the FSM (seen by poison only)."""

    def resets(self, power):
        return Const(0)


class HiddenNoWakeupReset(NoWakeupReset):
    poisoned = False


class PowerlessPotential(Steps):
    """The potential lives with the rest, but nothing resets it on purpose."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        if self.poison:
            with m.If(self.off):
                m.d.held += self.potential.eq(self.noise)
        return m


class PowerlessFsm(NeuronFsm):
    steps_type = PowerlessPotential

    def moves(self):
        return super().moves() | (self.off if self.poison else Const(0))


class UnretainedPotential(Neuron):
    """Bug: the potential is not retained (seen by poison only)."""

    fsm_type = PowerlessFsm


class HiddenUnretainedPotential(UnretainedPotential):
    poisoned = False


class IsolatedTooShort(Neuron):
    """Bug: isolation ends before the power is good (seen by poison only)."""

    def isolated(self, power):
        return ~power.power


class HiddenIsolatedTooShort(IsolatedTooShort):
    poisoned = False


@pytest.mark.parametrize(
    ("rtl", "config"),
    [
        (NoWakeupReset, "hidden"),
        (UnretainedPotential, "hidden"),
        (IsolatedTooShort, "hidden-slow-power"),
    ],
)
def test_poison_shows_what_power_gating_breaks(rtl, config):
    with pytest.raises(LockstepError, match=r", tick \d+, field \w+: expected"):
        run_bench(BENCH, config, rtl=rtl, driver="arrays")


@pytest.mark.parametrize(
    ("rtl", "config"),
    [
        (HiddenNoWakeupReset, "hidden"),
        (HiddenUnretainedPotential, "hidden"),
        (HiddenIsolatedTooShort, "hidden-slow-power"),
    ],
)
def test_without_poison_the_same_bugs_stay_hidden(rtl, config):
    run_bench(BENCH, config, rtl=rtl, driver="arrays")


class StuckOpen(Neuron):
    """Bug: a neuron's clock gate is stuck open."""

    def passes(self, wakeup):
        return Const(1)


class UngatedByTheSpike(Neuron):
    """Bug: the spike itself un-gates the clock."""

    def passes(self, wakeup):
        return wakeup.clock_enable


class LeavesPulsesUnpowered(Neuron):
    """Bug: power goes before the last pulse is over."""

    def needs_power(self, wakeup, gate):
        return wakeup.wakes | wakeup.clock_enable


@pytest.mark.parametrize(
    ("rtl", "field"),
    [
        (StuckOpen, r"(gated|pulses|record)"),
        (UngatedByTheSpike, r"(gated|pulses|record)"),
        (LeavesPulsesUnpowered, r"(power|record)"),
    ],
)
def test_a_wrong_gating_is_caught(rtl, field):
    with pytest.raises(LockstepError, match=rf", tick \d+, field {field}"):
        run_bench(BENCH, "hidden", rtl=rtl, driver="arrays")
