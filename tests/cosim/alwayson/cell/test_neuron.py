from functools import partial

import numpy as np
import pytest

from goldspike.cosim.alwayson.cell.neuron import BENCH
from goldspike.cosim.bench.cell_bench import rows_from_pulses
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.alwayson.cell.neuron import Neuron
from goldspike.hdl.bugs import bug_in
from goldspike.model.timing.power_gate import PowerState

FEW = {"threshold"}  # it takes few values

GATED = ["hidden"]

FAULTS = [
    (
        "hidden",
        "forget.eq(self.clear | self.rst)",
        "forget.eq(self.clear & (steps.state != State.POTENTIAL_UPDATE_2) | self.rst)",
    ),
]


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


def power_around(moments, away, rtl=Neuron):
    """Return when power goes and comes around a second spike: (picosecond, whether it is there).

    Time, also that of the second spike in `moments`, begins as power goes after the first.
    """
    bench = BENCH("hidden")
    times = 10_000 * np.arange(1, 12)
    clock = np.zeros(times.size, int), times, times + 5_000
    threshold = np.array([2]), np.array([1]), np.array([200_000])
    component = rtl(bench.params, trace=True)

    def run(*spikes):
        lines = np.zeros(len(spikes), int), np.array(spikes), np.array(spikes) + 200
        pulses = {"clock": clock, "spikes": lines, "threshold": threshold}
        with BatchSimulator(
            component, bench.params.cell_trace, delays={"away_delay": away}
        ) as simulator:
            records = bench.decode(simulator.run(rows_from_pulses(bench, pulses)))
        there = records["power"] != PowerState.OFF
        moved = np.flatnonzero(np.diff(there.astype(int), prepend=0))
        return [(int(records["tick"][k]), bool(there[k])) for k in moved]

    gone = run(8_000)[1][0]
    return [[(t - gone, there) for t, there in run(8_000, gone + at)[1:]] for at in moments]


@pytest.mark.parametrize("at", [-20, -1, 0, 1, 7, 29, 30, 31, 40])
def test_power_stays_or_is_away_for_a_while_whenever_a_spike_comes(at):
    (changes,) = power_around([at], 30)
    if at < 0:
        assert changes[0][0] > 10_000
    else:
        assert changes[:2] == [(0, False), (max(30, at), True)]


def test_a_short_low_of_power_would_be_seen():
    (changes,) = power_around([7], 1)
    assert changes[:2] == [(0, False), (7, True)]


@bug_in(Neuron)
def undecided(m, neuron, inside):
    """Bug: in `cell`, power goes although a spike came before."""
    m.d.comb += neuron.power.eq(~inside("may_go"))


def test_power_that_goes_although_a_spike_came_before_is_seen():
    (changes,) = power_around([-7], 30, undecided)
    assert changes[0] == (0, False)
