import pytest

from goldspike.cosim.imc.dataflow_controller import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.dataflow_controller import DataflowController

WRONG_ANSWERS = [
    (
        "3x3",
        "self.in_ready.eq((word != 0) | (in_time & self.storable()))",
        "self.in_ready.eq((word != 0) | in_time)",
        r"pixel \d+ takes the place of pixel \d+, which (output \d+ needs|is not sent on)",
    ),
    (
        "3x3",
        "Mux(self.room & self.computable(), State.READ, State.STANDBY)",
        "Mux(self.computable(), State.READ, State.STANDBY)",
        r"output \d+ is started without room",
    ),
    (
        "parallel",
        "there & self.residual_room",
        "there",
        r"residual word \d+ comes without room",
    ),
]

STILL = r"(ahead|behind)\[[2-4]\]|count\[4\]|pixel\[1\]"
"""Bits that stay as they are in `top`: there is room to spare."""

FAULTS = [
    (
        "56x8",
        "(self.state != State.STANDBY)):",
        "(self.state != State.STANDBY) & (self.state != State.RESIDUAL)):",
    ),
    (
        "figure-8",
        "(self.state != State.STANDBY)):",
        "(self.state != State.STANDBY) & (self.state != State.START)):",
    ),
    ("3x3", "self.complete.eq(self.next_image)", "self.complete.eq(self.next_column)"),
    (
        "56x8",
        "self.next_read = Signal(range(layer.height + memory.skipped_rows + 1))",
        "self.next_read = Signal(range(layer.height + memory.skipped_rows + 1), reset_less=True)",
    ),
]

SLOW = ("test_controls",)


def test_controller_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 300


@bug_in(DataflowController, DataflowController.padded)
def padding_column_lost(self, column):
    """Bug: padding on the right is forgotten."""
    return column < 0


@bug_in(DataflowController, DataflowController.storable)
def overwrites_early(self):
    """Bug: a pixel is stored over one that is still needed."""
    return DataflowController.storable(self) | (self.ahead == self.layer.kernel)


@bug_in(DataflowController, DataflowController.computable)
def one_row_too_few(self):
    """Bug: a window is read one row too early."""
    early = (self.ahead == self.layer.kernel - 1) & (self.in_x == 1)
    return DataflowController.computable(self) | early


BUGS = {padding_column_lost: "pad", overwrites_early: "in_ready", one_row_too_few: "record"}


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_condition_is_caught(rtl, caught):
    caught(rtl, "parallel", BUGS[rtl])
