from functools import partial

import numpy as np
import pytest

from goldspike.cosim.alwayson.cell.neuron import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.cell.neuron import Neuron
from goldspike.hdl.bugs import bug_in

FEW = {"threshold"}  # it takes few values

GATED = ["hidden"]


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config, steps=BENCH.least_steps)


def test_in_lockstep_under_cocotb():
    run_bench(BENCH, "hidden", steps=6000)


@bug_in(Neuron)
def no_reset(m, neuron, inside):
    """Bug: in `cell`, a wake-up does not reset the FSM (seen by poison only)."""
    m.d.comb += inside("reset").eq(neuron.rst)


@bug_in(Neuron)
def never_isolated(m, neuron, inside):
    """Bug: in `cell`, a request passes by its isolation cell (seen by poison only)."""
    m.d.comb += neuron.request.eq(inside("asks"))


@bug_in(Neuron)
def isolated_too_short(m, neuron, inside):
    """Bug: in `cell`, a request is believed as soon as power comes (seen by poison only)."""
    m.d.comb += neuron.request.eq(inside("asks") & neuron.power)


@bug_in(Neuron)
def unretained(m, neuron, inside):
    """Bug: in `cell`, the potential is not retained."""
    m.d.comb += neuron.retain.eq(0)


@bug_in(Neuron)
def gate_stuck_open(m, neuron, inside):
    """Bug: in `cell`, a clock gate is stuck open."""
    m.d.comb += inside("clock_ungate").eq(1)


@bug_in(Neuron)
def unreset(m, neuron, inside):
    """Bug: in `cell`, a reset leaves the potential as it is."""
    m.d.comb += inside("forget").eq(neuron.clear)


HIDDEN = {
    no_reset: r"\w+",
    never_isolated: "(request|record)",
    isolated_too_short: "(request|record)",
}
BUGS = {**HIDDEN, unretained: "potential", unreset: "potential", gate_stuck_open: r"\w+"}


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_gating_is_caught(rtl, caught):
    caught(rtl, "hidden", BUGS[rtl], steps=6000)


@pytest.mark.parametrize("rtl", HIDDEN)
def test_without_poison_it_stays_hidden(rtl):
    run_bench(BENCH, "hidden", rtl=partial(rtl, poison=False), driver="arrays", steps=6000)


@pytest.mark.parametrize("settle", [10, 700])
def test_the_clock_is_slow_enough_for_the_power_to_go_off(settle):
    power = f"power.wake=10,power.isolate=100,power.settle={settle}"
    bench = BENCH(f"fsm.kind=input,fsm.bits=2,{power}")
    rows = bench.stimulus(np.random.default_rng(0), 6000)
    rises = rows["tick"][np.diff(rows["clock"].astype(int), prepend=0) == 1]
    assert 2 * np.diff(rises).min() > 100 + settle
