"""The array in lockstep, with bugs, and full."""

import pytest

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.replay import Replay
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.cosim.truenorth.array import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.array import Array


def test_array_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 5000


@bug_in(Array)
def begins_too_soon(m, dut, inside):
    """Bug: a step begins while packets are still under way."""
    m.d.comb += dut.sync.eq(dut.run & inside("rest") & ~dut.clear & (dut.period == 0))


@bug_in(Array)
def overrun_missed(m, dut, inside):
    """Bug: a packet that is under way as a step is due is no overrun."""
    with m.If(inside("rest")):
        m.d.comb += dut.overrun.eq(0)


@bug_in(Array)
def period_too_long(m, dut, inside):
    """Bug: a step takes a tick more than its period."""
    m.d.comb += inside("due").eq(inside("since") >= dut.period)
    with m.If(dut.period == 0):
        m.d.comb += inside("due").eq(dut.idle)


@bug_in(Array)
def highest_word_first(m, dut, inside):
    """Bug: the configuration's words are shifted in from below."""
    kept = inside("kept")
    with m.If(inside("takes") & (inside("left") != 0)):
        m.d.sync += kept.eq((kept << 32) | dut.config_data)


@bug_in(Array)
def loads_the_next_core(m, dut, inside):
    """Bug: core 1 is loaded with what is for core 0, too."""
    m.d.comb += inside("loads_1").eq(inside("ends") & (inside("number") <= 1))


@bug_in(Array)
def word_taken_too_soon(m, dut, inside):
    """Bug: a word is taken while something is going on."""
    m.d.comb += inside("takes").eq(dut.config_valid)


@bug_in(Array)
def stray_unseen(m, dut, inside):
    """Bug: what goes astray is not reported."""
    m.d.comb += dut.stray.eq(0)


@bug_in(Array)
def merge_uncounted(m, dut, inside):
    """Bug: a merge in the last core is not counted."""
    m.d.comb += dut.merged[-1].eq(0)


BUGS = {
    begins_too_soon: "",
    overrun_missed: "pin overrun",
    period_too_long: "",
    highest_word_first: "",
    loads_the_next_core: "",
    word_taken_too_soon: "",
    stray_unseen: "pin stray",
    merge_uncounted: "pin merged",
}


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_array_is_caught(rtl):
    with pytest.raises(LockstepError, match=rf"^truenorth/array \(2x2\), tick \d+, .*{BUGS[rtl]}"):
        run_bench(BENCH, "2x2", rtl=rtl, driver="arrays")


def sent(config, seed, steps):
    """Run from arrays; return how many packets left a router."""
    job = BENCH(config)
    replay = Replay.drawn(job, seed, steps)
    with BatchSimulator(job.make(), job.layout, fast=True) as simulator:
        assert replay.run(simulator)["mismatch"] is None
    expected = replay.expected
    return sum(int(expected[f"router_{k}"]["leaves"].sum()) for k in range(job.params.cores))


def test_ten_thousand_packets():
    assert sent("3x2", 3, 30_000) >= 10_000


@pytest.mark.slow
def test_a_hundred_thousand_packets():
    assert sent("3x2", 4, 400_000) >= 100_000
