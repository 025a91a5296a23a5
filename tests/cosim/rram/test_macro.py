import pytest

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.rram.macro import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.rram.macro import Macro
from goldspike.hdl.rram.word_line_controller import WordLineController


def test_macro_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 1000


@bug_in(Macro)
def loses_a_word(m, dut, inside):
    """Bug: a word is said to be taken while the buffer is full."""
    m.d.comb += dut.in_ready.eq(1)


@bug_in(Macro)
def waits_for_nobody(m, dut, inside):
    """Bug: the last product is dropped if it is not taken at once."""
    with m.If(dut.out_last):
        m.d.sync += dut.out_valid.eq(0)


@bug_in(Macro)
def columns_in_reverse(m, dut, inside):
    """Bug: codes are taken for those of the opposite column."""
    m.d.sync += inside("select").eq(dut.params.share - 1 - inside("controller.select"))


@bug_in(Macro)
def writes_while_computing(m, dut, inside):
    """Bug: a row is never refused."""
    m.d.comb += dut.write_ready.eq(1)


@bug_in(Macro)
def last_words_precision(m, dut, inside):
    """Bug: the precision is that of a vector's last word."""
    with m.If(dut.in_valid & dut.in_ready):
        m.d.sync += inside("next_precision").eq(dut.precision)


@bug_in(Macro, WordLineController.without_group)
def groups_of_one_more(self, m, rows):
    """Bug: a group has one row more than an ADC can tell apart."""
    fewer = WordLineController.without_group(self, m, rows)
    return fewer & (fewer - 1)[: self.params.rows]


BUGS = {
    loses_a_word: "pin in_ready",
    waits_for_nobody: "pin out_valid",
    columns_in_reverse: r"products.totals\[\d\]",
    writes_while_computing: r"products.totals\[\d\]",
    last_words_precision: r"products.totals\[\d\]",
    groups_of_one_more: r"controller.word_lines\[\d\]",
}


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_macro_is_caught(rtl):
    where = rf"^rram/macro \(5x4\), tick \d+, field {BUGS[rtl]}: "
    with pytest.raises(LockstepError, match=where):
        run_bench(BENCH, "5x4", rtl=rtl, driver="arrays")
