import pytest

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.rram.word_line_controller import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.rram.word_line_controller import WordLineController


def test_word_line_controller_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 50


@bug_in(WordLineController, WordLineController.without_group)
def group_of_one_more(self, m, rows):
    """Bug: one row more is on than an ADC can tell apart."""
    rest = WordLineController.without_group(self, m, rows)
    return rest & (rest - 1)[: self.params.rows]


@bug_in(WordLineController, WordLineController.is_last_column)
def last_column_skipped(self):
    """Bug: the last of the columns that share an ADC is never converted."""
    return self.column == max(0, self.params.share - 2)


@bug_in(WordLineController)
def empty_planes_cost_a_conversion(m, dut, inside):
    """Bug: zero-skip off by one: a vector without ones gets a conversion."""
    with m.If(inside("ended") & ~dut.valid & ~inside("found")):
        m.d.sync += [dut.valid.eq(1), dut.busy.eq(1)]


@bug_in(WordLineController)
def plane_begins_once(m, dut, inside):
    """Bug: only a vector's first plane is said to begin."""
    with m.If(inside("ended")):
        m.d.sync += inside("fresh").eq(0)


BUGS = {
    group_of_one_more: r"word_lines\[0\]",
    last_column_skipped: "",
    empty_planes_cost_a_conversion: "record",
    plane_begins_once: "first",
}


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_conversion_is_caught(rtl, caught):
    caught(rtl, "7x3", BUGS[rtl])
