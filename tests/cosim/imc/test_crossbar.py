import pytest
from amaranth.hdl import Signal

from goldspike.cosim.imc.crossbar import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.crossbar import Crossbar

SLOW = ("test_controls",)


def test_crossbar_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 40


@bug_in(Crossbar, Crossbar.first_word)
def rows_never_move(self, pixel, part):
    """Bug: the row buffers do not move up."""
    return Crossbar.first_word(self, pixel, part) & 0


@bug_in(Crossbar, Crossbar.dot)
def weight_of_the_next_column(self, activations, weights, column):
    """Bug: weights belong to the next column."""
    return Crossbar.dot(self, activations, weights, (column + 1) % self.params.columns)


@pytest.mark.parametrize("rtl", [rows_never_move, weight_of_the_next_column])
def test_a_wrong_sum_is_caught(rtl, caught):
    caught(rtl, "2-bit", r"sums\[")


@bug_in(Crossbar)
def rests_late(m, crossbar, inside):
    """Bug: a crossbar rests a tick late."""
    late = Signal()
    m.d.sync += late.eq(crossbar.done)
    with m.If(late):
        m.d.comb += crossbar.busy.eq(1)


def test_a_clock_that_goes_for_nothing_is_caught(caught):
    caught(rests_late, "2-bit", "pin busy")
