import pytest

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.imc.dataflow_controller import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.imc.dataflow_controller import DataflowController


def test_controller_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 300


class PaddingColumnLost(DataflowController):
    """Bug: padding on the right is forgotten."""

    def padded(self, column):
        return column < 0


class OverwritesEarly(DataflowController):
    """Bug: a pixel is stored over one that is still needed."""

    def storable(self):
        return super().storable() | (self.ahead == self.layer.kernel)


class OneRowTooFew(DataflowController):
    """Bug: a window is read one row too early."""

    def computable(self):
        return super().computable() | (self.ahead == self.layer.kernel - 1) & (self.in_x == 1)


BUGS = {PaddingColumnLost: "pad", OverwritesEarly: "in_ready", OneRowTooFew: "record"}


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_condition_is_caught(rtl):
    with pytest.raises(LockstepError, match=rf"field {BUGS[rtl]}: expected"):
        run_bench(BENCH, "parallel", rtl=rtl, driver="arrays")
