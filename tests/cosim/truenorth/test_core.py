"""The core in lockstep, with bugs, and for long."""

import pytest

from goldspike.cosim.lockstep.replay import Replay
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.cosim.truenorth.core import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.core import Core
from goldspike.hdl.truenorth.core_sram import CoreSram
from goldspike.hdl.truenorth.neuron import Neuron

WRONG_ANSWERS = [
    (
        "5x3",
        "controller.out_ready.eq(self.out_ready)",
        "controller.out_ready.eq(1)",
        r"spikes: .*|a step is over, and \d+ spikes have not left",
    ),
    (
        "5x3",
        "clears.eq(self.clear & ~self.busy)",
        "clears.eq(self.clear)",
        r"a spike merges on axon \d, or should: 0|step 0 is next, not \d+",
    ),
    (
        "5x3",
        "scheduler.write.eq(self.spike_valid)",
        "scheduler.write.eq(self.spike_valid & ~self.out_valid)",
        r"a spike merges on axon \d, or should: 0|a step is over, and \d+ spikes .*|spikes: .*",
    ),
    (
        "5x3",
        "controller.clear.eq(self.clear)",
        "controller.clear.eq(0)",
        r"spikes: (word \d+ is )?0x\w+.*|a step is over, and \d+ spikes have not left",
    ),
]

FAULTS = [
    ("5x3", "seed = Signal(32, init=1)", "seed = Signal(32, init=1, reset_less=True)"),
    (
        "5x3",
        "seed = Signal(32, init=1)",
        "seed = Signal(32, init=1)\n"
        "    idle = Signal(10)\n"
        "    m.d.sync += idle.eq(Mux(self.busy, 0, idle + 1))\n"
        "    with m.If(idle == 1023):\n"
        "        m.d.sync += self.slot.eq(0)",
    ),
]


def test_core_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 10_000


@bug_in(Core)
def late_by_a_step(m, dut, inside):
    """Bug: a spike arrives a step late: the slot number has gone on with the sync."""
    with m.If(dut.out_valid):
        m.d.comb += dut.out_slot.eq(dut.slot + dut.parts_of(inside("sram.row"))["delay"])


@bug_in(Core)
def wrong_slot_cleared(m, dut, inside):
    """Bug: a sync reads and clears the slot after the one that is due."""
    m.d.comb += inside("sync_slot").eq(dut.slot + 1)


@bug_in(Core)
def draw_too_many(m, dut, inside):
    """Bug: a neuron draws again on every tick for which its spike waits."""
    m.d.comb += inside("take").eq(inside("neuron_unit.draws"))


@bug_in(Core, at=CoreSram)
def neighbours_type(m, sram, inside):
    """Bug: an event has the type of the axon beside its own."""
    m.d.comb += sram.axon_type.eq(inside("kept").word_select(sram.axon ^ 1, 2))


@bug_in(Core, at=Neuron)
def leak_before_synapses(m, neuron, inside):
    """Bug: the leak is added before the first event, too."""
    with m.If(neuron.first & neuron.integrate):
        leak = neuron.named_fields(m)["leak"]
        m.d.comb += inside("before").eq(neuron.potential + leak)


@bug_in(Core)
def stall_ignored(m, dut, inside):
    """Bug: a spike that is not taken is lost."""
    m.d.comb += inside("out_ready").eq(1)


@bug_in(Core)
def merge_uncounted(m, dut, inside):
    """Bug: a spike that merges while the core is busy is not counted."""
    with m.If(dut.busy):
        m.d.comb += dut.merged.eq(0)


@bug_in(Core)
def sent_nowhere(m, dut, inside):
    """Bug: a neuron without a delay sends, too."""
    m.d.comb += dut.out_valid.eq(inside("neuron_unit.fired"))


@bug_in(Core)
def seed_forgotten(m, dut, inside):
    """Bug: a clear forgets the seed: the next one brings the PRNG back to 1."""
    with m.If(inside("clears")):
        m.d.sync += inside("seed").eq(1)


BUGS = {
    late_by_a_step: "pin out_slot",
    wrong_slot_cleared: r"active\.",
    draw_too_many: "(write_back.|controller.stall|pin out_valid)",
    neighbours_type: "write_back.",
    leak_before_synapses: "write_back.potential",
    stall_ignored: "controller.stall",
    merge_uncounted: "spike.merged",
    sent_nowhere: "(controller.stall|pin out_valid)",
    seed_forgotten: "write_back.",
}


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_core_is_caught(rtl, caught):
    caught(rtl, "5x3", f".*{BUGS[rtl]}", steps=4000)


def events_of(config, seed, steps):
    """Run from arrays; return how many events were compared, with every write-back and draw."""
    job = BENCH(config)
    replay = Replay.drawn(job, seed, steps)
    with BatchSimulator(job.make(), job.layout, fast=True) as simulator:
        assert replay.run(simulator)["mismatch"] is None
    return int(replay.expected["controller"]["integrate"].sum())


def test_twenty_thousand_events():
    assert events_of("40x24", 3, 50_000) >= 20_000


@pytest.mark.slow
@pytest.mark.parametrize(("config", "steps"), [("40x24", 300_000), ("256x256", 170_000)])
def test_a_hundred_thousand_events(config, steps):
    assert events_of(config, 4, steps) >= 100_000
