import numpy as np
import pytest
from amaranth.hdl import Cat

from goldspike.cosim.alwayson.cell.synapse_block import BENCH
from goldspike.cosim.bench.circuits import choose_config
from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.cell.synapse_block import SynapseBlock
from goldspike.hdl.bugs import bug_in
from goldspike.model.errors import InputError

APART = {
    ("request", "scan_clock"),
    ("request", "load"),
    ("request", "clear"),
    ("neuron_clock", "scan_clock"),
    ("neuron_clock", "load"),
    ("neuron_clock", "clear"),
}
"""The block rests while it is scanned, loaded or cleared, and so do its neurons."""

FAULTS = [
    (
        "3x5",
        "arbiter.clear.eq(self.clear)",
        "arbiter.clear.eq(self.clear & ~self.load)",
    ),
    (
        "3x5",
        "arbiter.clear.eq(self.clear)",
        "arbiter.clear.eq(self.clear & ~self.scan_clock)",
    ),
    (
        "3x5",
        "synchroniser.clear.eq(self.clear)",
        "synchroniser.clear.eq(self.clear & ~self.scan_clock)",
    ),
    (
        "3x5",
        'clocked(m, "write", self.load, self.rst)',
        'clocked(m, "write", self.load & ~self.clear, self.rst)',
    ),
    (
        "3x5",
        'clocked(m, "write", self.load, self.rst)',
        'clocked(m, "write", self.load & ~self.scan_clock, self.rst)',
    ),
    (
        "3x5",
        "asks.eq(self.request.any())",
        "asks.eq(self.request.any() & ~self.scan_in)",
    ),
]

GATED = ["3x5"]


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config, steps=BENCH.least_steps)


@bug_in(SynapseBlock)
def unretained(m, block, inside):
    """Bug: in `cell`, where round robin looks is not retained in the synapse block."""
    m.d.comb += block.retain.eq(0)


@bug_in(SynapseBlock)
def gate_stuck_open(m, block, inside):
    """Bug: in `cell`, the synapse block's clock gate is stuck open."""
    m.d.comb += inside("clock_ungate").eq(1)


@bug_in(SynapseBlock)
def wakes_for_one_row(m, block, inside):
    """Bug: in `cell`, the synapse block wakes for its first row only."""
    m.d.comb += inside("asks").eq(block.request[0])


@bug_in(SynapseBlock)
def wakes_with_what_was_left(m, block, inside):
    """Bug: in `cell`, the synapse block's parts are not reset when power comes back."""
    m.d.comb += inside("part_reset").eq(0)


@bug_in(SynapseBlock, SynapseBlock.isolated)
def leaks(self, m):
    """Bug: in `cell`, what leaves the synapse block's gated parts is not isolated."""
    arbiter = self.arbiter
    return Cat(arbiter.ack, arbiter.read, arbiter.launch, arbiter.sleep)


BUGS = (unretained, gate_stuck_open, wakes_for_one_row, wakes_with_what_was_left, leaks)


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_gating_is_caught(rtl):
    with pytest.raises(LockstepError, match=r"picosecond \d+, field|not so:"):
        run_bench(BENCH, "3x5", rtl=rtl, driver="arrays", steps=120)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("power.settle=2420,settings.length=605", "two periods of the clock"),
        ("storage=memory", "keeps its weights in registers"),
    ],
)
def test_what_it_cannot_do_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        choose_config(BENCH, change)


def test_what_is_given_while_the_block_works_is_forbidden():
    bench = BENCH("3x5")
    rows = bench.stimulus(np.random.default_rng(1), 60)
    expected = bench.expect(rows)
    assert not any(ticks.size for ticks in bench.forbidden(rows, expected).values())
    for name in ("scan_clock", "load", "clear"):
        for at_work in ("request", "neuron_clock"):
            wrong = rows.copy()
            wrong[name][np.flatnonzero(rows[at_work])[-1]] = 1
            assert bench.forbidden(wrong, expected)["the block rests"].size


def test_a_chain_that_shifts_as_its_word_is_loaded_is_forbidden():
    bench = BENCH("3x5")
    rows = bench.stimulus(np.random.default_rng(1), 60)
    expected = bench.expect(rows)
    rows["load"] = rows["scan_clock"]
    assert bench.forbidden(rows, expected)["the chain holds still as it is loaded"].size
