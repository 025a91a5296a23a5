from functools import partial

import pytest

from goldspike.cosim.alwayson.neuron import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.neuron import Neuron
from goldspike.hdl.bugs import bug_in

APART = {("rises", "falls")}
"""The two changes of one clock."""

FEW = {"threshold"}
"""A number of which few values are driven; the proof of its FSM leaves it free."""

FAULTS = [
    ("hidden-slow-power", "self.retain.eq(power.retain)", "self.retain.eq(power.isolate)"),
    ("hidden", "fsm.clear.eq(self.clear)", "fsm.clear.eq(self.clear & (fsm.state != 3))"),
]

WRONG_ANSWERS = [
    (
        "input",
        "fsm.ack.eq(self.ack)",
        "fsm.ack.eq(0)",
        r"nothing moves for 1000 ticks: the neuron: a request is to fall after its Ack.*",
    ),
    (
        "input",
        "self.request.eq(fsm.request & ~isolate)",
        "self.request.eq(fsm.request & ~isolate & gate.gated)",
        r"the neuron: request \d+ falls without Ack",
    ),
    (
        "hidden-slow-power",
        "wakeup.taken.eq(fsm.taken & ~isolate.replicate(2))",
        "wakeup.taken.eq(Mux(fsm.sleep, 3, fsm.taken) & ~isolate.replicate(2))",
        r"the neuron: \d+ \+ and \d+ - spikes came and were not lost: -?\d+ is counted",
    ),
    (
        "hidden-slow-power",
        "self.clock_enable.eq(wakeup.clock_enable)",
        "self.clock_enable.eq(0)",
        r"nothing moves for 1000 ticks: the neuron: awake after \d+ spikes, \d+ of them lost",
    ),
    (
        "hidden-slow-power",
        "fsm.clear.eq(self.clear)",
        "fsm.clear.eq(0)",
        r"the neuron: a clear leaves 0x\w+",
    ),
]

GATED = ["hidden"]

SLOW = ("test_hand_faults",)


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(Neuron)
def no_wakeup_reset(m, neuron, inside):
    """Bug: a wake-up does not reset the FSM (seen by poison only)."""
    m.d.comb += neuron.fsm.reset.eq(0)


@bug_in(Neuron)
def unretained_potential(m, neuron, inside):
    """Bug: the potential is not retained (seen by poison only)."""
    m.d.comb += neuron.fsm.retain.eq(0)


@bug_in(Neuron)
def isolated_too_short(m, neuron, inside):
    """Bug: a request is isolated until power comes, not until it is good (seen by poison only)."""
    m.d.comb += neuron.request.eq(neuron.fsm.request & neuron.power_gate.power)


POISONED = [
    (no_wakeup_reset, "hidden"),
    (unretained_potential, "hidden"),
    (isolated_too_short, "hidden-slow-power"),
]


@pytest.mark.parametrize(("rtl", "config"), POISONED)
def test_poison_shows_what_power_gating_breaks(rtl, config, caught):
    caught(rtl, config, r"\w+")


@pytest.mark.parametrize(("rtl", "config"), POISONED)
def test_without_poison_the_same_bugs_stay_hidden(rtl, config):
    run_bench(BENCH, config, rtl=partial(rtl, poison=False), driver="arrays")


@bug_in(Neuron)
def stuck_open(m, neuron, inside):
    """Bug: a neuron's clock gate is stuck open."""
    m.d.comb += neuron.clock_gate.enable.eq(1)


@bug_in(Neuron)
def ungated_by_the_spike(m, neuron, inside):
    """Bug: the spike itself un-gates the clock."""
    m.d.comb += neuron.clock_gate.enable.eq(neuron.wakeup.clock_enable)


@bug_in(Neuron)
def leaves_pulses_unpowered(m, neuron, inside):
    """Bug: power goes before the last pulse is over."""
    wakeup = neuron.wakeup
    m.d.comb += neuron.power_gate.request.eq(wakeup.wakes | wakeup.clock_enable)


@pytest.mark.parametrize(
    ("rtl", "field"),
    [
        (stuck_open, r"(gated|pulses|record)"),
        (ungated_by_the_spike, r"(gated|pulses|record)"),
        (leaves_pulses_unpowered, r"(power|record)"),
    ],
)
def test_a_wrong_gating_is_caught(rtl, field, caught):
    caught(rtl, "hidden", field)
