import pytest
from amaranth.hdl import Signal

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.imc.crossbar import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.imc.crossbar import Crossbar


def test_crossbar_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 40


class RowsNeverMove(Crossbar):
    """Bug: the row buffers do not move up."""

    def first_word(self, pixel, part):
        return super().first_word(pixel, part) & 0


class WeightOfTheNextColumn(Crossbar):
    """Bug: weights belong to the next column."""

    def dot(self, activations, weights, column):
        return super().dot(activations, weights, (column + 1) % self.params.columns)


@pytest.mark.parametrize("rtl", [RowsNeverMove, WeightOfTheNextColumn])
def test_a_wrong_sum_is_caught(rtl):
    with pytest.raises(LockstepError, match=r"^imc/crossbar \(2-bit\), tick \d+, field sums\["):
        run_bench(BENCH, "2-bit", rtl=rtl, driver="arrays")


class RestsLate(Crossbar):
    """Bug: a crossbar rests a tick late."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        late = Signal()
        m.d.sync += late.eq(self.done)
        with m.If(late):
            m.d.comb += self.busy.eq(1)
        return m


def test_a_clock_that_goes_for_nothing_is_caught():
    with pytest.raises(LockstepError, match=r"\(2-bit\), tick \d+, field pin busy: "):
        run_bench(BENCH, "2-bit", rtl=RestsLate, driver="arrays")
