import numpy as np
import pytest

from goldspike.cosim.alwayson.cell.synapse_arbiter import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.cell.synapse_arbiter import Steps, SynapseArbiter
from goldspike.hdl.bugs import bug_in


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config, steps=BENCH.least_steps)


def test_the_supply_fails_under_retention_only():
    rows = BENCH("round_robin-3").stimulus(np.random.default_rng(0), 8000)
    assert np.sum(rows["supply"] == 0) > 50
    assert rows["retain"][rows["supply"] == 0].all()


@bug_in(SynapseArbiter)
def unretained(m, arbiter, inside):
    """Bug: in `cell`, where round robin looks is lost with the power."""
    m.d.comb += inside("kept").eq(0)


@bug_in(SynapseArbiter)
def reset_with_the_fsm(m, arbiter, inside):
    """Bug: in `cell`, a wake-up resets where round robin looks."""
    m.d.comb += inside("forget").eq(arbiter.clear | arbiter.reset | arbiter.rst)


@bug_in(SynapseArbiter)
def no_reset(m, arbiter, inside):
    """Bug: in `cell`, a wake-up does not reset the arbiter."""
    m.d.comb += inside("standby").eq(arbiter.rst)


@bug_in(SynapseArbiter, Steps.go_round)
def follows_itself(self, m, chosen):
    """Bug: in `cell`, round robin looks at the row just served first."""
    m.d.comb += self.onward.eq(self.following)


BUGS = (unretained, reset_with_the_fsm, no_reset, follows_itself)


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_retention_or_reset_is_caught(rtl, caught):
    caught(rtl, "round_robin-3", "", steps=4000)
