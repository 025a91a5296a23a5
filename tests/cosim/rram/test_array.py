import pytest

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.rram.array import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.rram.array import Array

FAULTS = [("11x5", "reset_less=True", "reset_less=False")]
"""Cells that a reset clears."""


def test_array_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 500


@bug_in(Array, Array.conducting)
def wraps(self, m, cells):
    """Bug: more cells than levels wrap around, a group of eight reads as none."""
    return Array.sums(self, m, cells)[0]


@bug_in(Array)
def writes_the_last_row_always(m, dut, inside):
    """Bug: the last row of cells is written with every other row."""
    with m.If(dut.write):
        m.d.sync += inside(f"cells_{dut.params.rows - 1}").eq(dut.write_data)


@pytest.mark.parametrize("rtl", [wraps, writes_the_last_row_always])
def test_a_wrong_level_is_caught(rtl, caught):
    caught(rtl, "11x5", r"levels\[\d+\]")
