import pytest

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.aer_output import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.aer_output import AerOutput

FAULTS = [
    ("7-fast", "arbiter.clear.eq(self.clear)", "arbiter.clear.eq(0)"),
]

SLOW = ("test_controls",)


def message(config, field):
    """Return what a mismatch says: where, what, and how to see it again."""
    where = rf"^{BENCH.circuit} \({config}\), tick \d+, field {field}(\[\d+\])?"
    again = rf"goldspike verify {BENCH.circuit} --config {config} --seed 1 --steps \d+.*"
    return rf"{where}: expected \S.*, got \S.*, seed 1; reproduce with: {again}$"


def test_aer_output_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 700


@bug_in(AerOutput)
def falls_early(m, dut, inside):
    """Bug: the output strobe is one tick short."""
    with m.If(dut.arbiter.access_phase):
        m.d.sync += inside("remaining").eq(dut.params.hold - 1)


def test_a_strobe_that_falls_early_is_caught():
    with pytest.raises(LockstepError, match=message("10", "record")):
        run_bench(BENCH, "10", rtl=falls_early, driver="arrays")
