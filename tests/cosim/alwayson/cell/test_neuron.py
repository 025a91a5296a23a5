import numpy as np
import pytest
from amaranth.hdl import Const

from goldspike.cosim.alwayson.cell.neuron import BENCH
from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.cell.neuron import Neuron
from goldspike.hdl.alwayson.neuron_fsm import Steps


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config, steps=BENCH.least_steps)


def test_in_lockstep_under_cocotb():
    run_bench(BENCH, "hidden", steps=6000)


class NoReset(Neuron):
    """Bug: in `cell`, a wake-up does not reset the FSM (seen by poison only)."""

    def resets(self, waking):
        return Const(0)


class NeverIsolated(Neuron):
    """Bug: in `cell`, a neuron without power is not isolated (seen by poison only)."""

    def isolated(self, on):
        return Const(0)


class IsolatedTooShort(Neuron):
    """Bug: in `cell`, isolation ends before the power is good (seen by poison only).

    Believes what is said as soon as power comes.
    """

    def gate_power(self, m, gated):
        self.power, good, on = super().gate_power(m, gated)
        return self.power, good, on

    def isolated(self, on):
        return ~self.power


class PowerlessPotential(Steps):
    """The potential lives with the rest, but nothing resets it on purpose."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        if self.poison:
            with m.If(self.off):
                m.d.held += self.potential.eq(self.noise)
        return m


class Unretained(Neuron):
    """Bug: in `cell`, the potential is not retained (seen by poison only)."""

    steps_type = PowerlessPotential

    def held_clock(self, gated, awake):
        return awake


class GateStuckOpen(Neuron):
    """Bug: in `cell`, a clock gate is stuck open."""

    def passes(self, ungate):
        return Const(1)


@pytest.mark.parametrize(
    "rtl", [NoReset, NeverIsolated, IsolatedTooShort, Unretained, GateStuckOpen]
)
def test_a_wrong_gating_is_caught(rtl):
    with pytest.raises(LockstepError, match=r"field \w+: expected"):
        run_bench(BENCH, "hidden", rtl=rtl, driver="arrays", steps=6000)


@pytest.mark.parametrize("rtl", [NoReset, NeverIsolated, IsolatedTooShort, Unretained])
def test_without_poison_it_stays_hidden(rtl):
    quiet = type("Neuron", (rtl,), {"poisoned": False})
    run_bench(BENCH, "hidden", rtl=quiet, driver="arrays", steps=6000)


@pytest.mark.parametrize("settle", [10, 700])
def test_the_clock_is_slow_enough_for_the_power_to_go_off(settle):
    power = f"power.wake=10,power.isolate=100,power.settle={settle}"
    bench = BENCH(f"fsm.kind=input,fsm.bits=2,{power}")
    rows = bench.stimulus(np.random.default_rng(0), 6000)
    rises = rows["tick"][np.diff(rows["clock"].astype(int), prepend=0) == 1]
    assert 2 * np.diff(rises).min() > 100 + settle
