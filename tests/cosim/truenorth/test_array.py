"""The array in lockstep, with bugs, and full."""

import pytest

from goldspike.cosim.lockstep.replay import Replay
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.cosim.truenorth.array import BENCH, ArrayBench
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.array import Array
from goldspike.hdl.truenorth.router import Router
from goldspike.model.truenorth.router import PORTS

WRONG_ANSWERS = [
    (
        "2x2",
        "router.out_ready[port].eq(self.out_ready[y])",
        "router.out_ready[port].eq(1)",
        r"nothing moves for 2000 ticks: 500 of 500 packets came, \d+ are inside",
    ),
    (
        "1x2",
        "self.in_ready.eq(router.in_ready[port])",
        "self.in_ready.eq(1)",
        r"nothing moves for 2000 ticks: 500 of 500 packets came, \d+ are inside",
    ),
    (
        "1x2",
        "core.out_ready.eq(router.in_ready[LOCAL])",
        "core.out_ready.eq(1)",
        r"nothing moves for 2000 ticks: 500 of 500 packets came, \d+ are inside",
    ),
    (
        "2x2",
        "core.clear.eq(self.clear)",
        "core.clear.eq(0)",
        r"0x\w+ leaves, (which nobody sent|but all that came has left)|\d packets merge, but .*",
    ),
]

APART = {("clear", "in_valid")}
"""An array with a packet at its input is not idle, and is not cleared."""


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
def core_number_too_short(m, dut, inside):
    """Bug: of a core's number only some bits are looked at."""
    m.d.comb += inside("loads_0").eq(inside("ends") & (inside("number")[:12] == 0))


@bug_in(Array, at=Router)
def far_east_is_lost(m, router, inside):
    """Bug: what comes from the west and goes on east loses a bit of its way."""
    with m.If(inside("east_from_west")):
        m.d.comb += inside("moved_west")[6].eq(0)


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


@bug_in(Array)
def rows_swapped(m, dut, inside):
    """Bug: the packets of the first row are shown as those of the last, too."""
    bits = dut.params.router.packet_bits
    m.d.comb += dut.out_packet[-bits:].eq(dut.out_packet[:bits])


BUGS = {
    begins_too_soon: "",
    overrun_missed: "pin overrun",
    period_too_long: "",
    highest_word_first: "",
    loads_the_next_core: "",
    core_number_too_short: "",
    far_east_is_lost: "",
    word_taken_too_soon: "",
    stray_unseen: "pin stray",
    merge_uncounted: "pin merged",
    rows_swapped: "pin out_packet",
}


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_array_is_caught(rtl, caught):
    caught(rtl, "2x2", f".*{BUGS[rtl]}")


class FullArray(ArrayBench):
    """A packet from outside on every tick, while the cores' own are under way."""

    moods = ((1.0, 1.0, 0.3, 0.0, 0.0, 1), (1.0, 1.0, 0.1, 0.0, 0.0, 2))


def run_full(packets):
    """Run from arrays, some thousand ticks at a time, until so many packets have arrived.

    The golden model's queues hold for every packet where it is, so that equal traces are a proof
    that none is lost, doubled or overtaken on a link.
    """
    job = FullArray("3x2")
    east = range(job.params.columns - 1, job.params.cores, job.params.columns)
    arrived = waits = ticks = seed = 0
    with BatchSimulator(job.make(), job.layout, fast=True) as simulator:
        while arrived < packets:
            replay = Replay.drawn(job, seed, 20_000)
            assert replay.run(simulator)["mismatch"] is None
            leaves = [replay.expected[f"router_{k}"]["leaves"] for k in range(job.params.cores)]
            arrived += sum(int(some[:, PORTS.index("local")].sum()) for some in leaves)
            arrived += sum(int(leaves[k][:, PORTS.index("east")].sum()) for k in east)
            waits += job.coverage(replay.rows, replay.parts)["a packet from outside waits"]
            ticks += replay.end
            seed += 1
            simulator.reset()
    assert waits > ticks / 4


def test_ten_thousand_packets():
    run_full(10_000)


@pytest.mark.slow
def test_a_hundred_thousand_packets():
    run_full(100_000)
