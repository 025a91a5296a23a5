import pytest
from amaranth.hdl import Mux

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.truenorth.prng import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.prng import Prng

FAULTS = [
    (
        "5",
        "with m.If(self.load):",
        "still = Signal(10)\n"
        "    m.d.sync += still.eq(still + 1)\n"
        "    with m.If(self.load | self.take.any()):\n"
        "        m.d.sync += still.eq(0)\n"
        "    with m.If(still == 1023):\n"
        "        m.d.sync += self.state.eq(1)\n"
        "    with m.Elif(self.load):",
    ),
]


def test_prng_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 1000


@bug_in(Prng)
def shifts_out_only(m, dut, inside):
    """Bug: both draws of a tick are the same."""
    m.d.comb += dut.second.eq(dut.first)


@bug_in(Prng)
def draws_anyway(m, dut, inside):
    """Bug: a draw too many, on every tick."""
    with m.If(~dut.load & (dut.take == 0)):
        m.d.sync += dut.state.eq(inside("after_once"))


@bug_in(Prng)
def draws_first(m, dut, inside):
    """Bug: a draw wins over a seed."""
    with m.If(dut.take.any()):
        m.d.sync += dut.state.eq(Mux(dut.take[1], inside("after_twice"), inside("after_once")))


@bug_in(Prng)
def one_shift_short(m, dut, inside):
    """Bug: the last bit that is shifted out comes back through no tap."""
    m.d.comb += inside("out_once")[-1].eq(0)


@pytest.mark.parametrize("rtl", [shifts_out_only, draws_anyway, draws_first, one_shift_short])
def test_wrong_draws_are_caught(rtl, caught):
    caught(rtl, "5", "")
