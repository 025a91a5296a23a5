import pytest

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.rram.accumulator import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.rram.accumulator import Accumulator

FAULTS = [
    ("5", "place.eq(self.plane)", "place.eq(Mux(self.first, self.plane, place))"),
    (
        "5",
        "with m.If(self.clear):",
        "still = Signal(10)\n"
        "    m.d.sync += still.eq(Mux(self.add | self.clear, 0, still + 1))\n"
        "    with m.If(self.clear | (still == 1023)):",
    ),
]


def test_accumulator_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 100


@bug_in(Accumulator)
def keeps_a_total(m, dut, inside):
    """Bug: a clear leaves the first slot's total."""
    with m.If(dut.clear):
        m.d.sync += inside("total_0").eq(inside("total_0"))


@bug_in(Accumulator)
def adds_the_sign_plane(m, dut, inside):
    """Bug: the plane of the inputs' sign is added."""
    m.d.sync += inside("subtract").eq(0)


@bug_in(Accumulator)
def one_plane_too_low(m, dut, inside):
    """Bug: planes count as the one below."""
    m.d.sync += inside("place").eq(dut.plane - (dut.plane != 0))


@bug_in(Accumulator)
def adds_what_is_cleared(m, dut, inside):
    """Bug: a plane that ends on the tick of a clear is added to the new totals."""
    m.d.sync += inside("due").eq(dut.add & dut.last)


BUGS = [keeps_a_total, adds_the_sign_plane, one_plane_too_low, adds_what_is_cleared]


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_total_is_caught(rtl, caught):
    caught(rtl, "5", r"totals\[\d\]")
