import pytest

from goldspike.cosim.alwayson.synapse_memory import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.synapse_memory import SynapseMemory
from goldspike.hdl.bugs import bug_in

APART = {("read", "write")}
"""One word-line at a time."""


@pytest.mark.parametrize("config", ["registers-1x1", "registers-5x3", "memory-5x3"])
def test_in_lockstep(config):
    assert run_bench(BENCH, config).compared > 500  # test_batch.py drives all from arrays


@bug_in(SynapseMemory)
def reads_the_next_row(m, dut, inside):
    """Bug: a memory reads the row behind."""
    with m.If(dut.read & (dut.row == 2)):
        m.d.sync += dut.word.eq(inside("row_3"))


@bug_in(SynapseMemory)
def follows_writes(m, dut, inside):
    """Bug: a memory's word changes with a write."""
    with m.If(dut.write):
        m.d.sync += dut.word.eq(dut.write_word)


@bug_in(SynapseMemory)
def writes_always(m, dut, inside):
    """Bug: a memory writes without its strobe."""
    with m.If(dut.write_row == 4):
        m.d.sync += inside("row_4").eq(dut.write_word)


@bug_in(SynapseMemory)
def turned_round(m, dut, inside):
    """Bug: a memory writes its columns in the opposite order."""
    with m.If(dut.write & (dut.write_row == 0)):
        m.d.sync += inside("row_0").eq(dut.write_word[::-1])


@pytest.mark.parametrize("rtl", [reads_the_next_row, follows_writes, writes_always, turned_round])
def test_a_wrong_memory_is_caught(rtl, caught):
    caught(rtl, "registers-5x3", "(pin )?word")
