import pytest

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.rram.shift_add import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.rram.shift_add import ShiftAdd

FAULTS = [
    (
        "2x2",
        "with m.If(self.take):",
        "still = Signal(10)\n"
        "    m.d.sync += still.eq(Mux(self.take, 0, still + 1))\n"
        "    with m.If(still == 1023):\n"
        "        m.d.sync += self.partial.eq(0)\n"
        "    with m.If(self.take):",
    ),
]


def test_shift_add_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 300


@bug_in(ShiftAdd, ShiftAdd.term)
def adds_the_sign_bit(self, place, ends):
    """Bug: the code of a weight's sign bit is added, too."""
    return self.code << place


@bug_in(ShiftAdd, ShiftAdd.term)
def one_place_too_high(self, place, ends):
    """Bug: all but the lowest bit of a weight count twice."""
    return ShiftAdd.term(self, place + (place != 0), ends)


@bug_in(ShiftAdd, ShiftAdd.sum_before)
def goes_on_adding(self, place):
    """Bug: a weight begins with what a weight of more bits left behind."""
    return self.partial


@pytest.mark.parametrize("rtl", [adds_the_sign_bit, one_place_too_high, goes_on_adding])
def test_a_wrong_sum_is_caught(rtl, caught):
    caught(rtl, "4x5", "partial")
