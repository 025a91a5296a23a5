from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.aer_output import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.aer_output import AerOutput

FAULTS = [
    ("7-fast", "arbiter.clear.eq(self.clear)", "arbiter.clear.eq(0)"),
]

SLOW = ("test_controls",)


def test_aer_output_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 700


@bug_in(AerOutput)
def falls_early(m, dut, inside):
    """Bug: the output strobe is one tick short."""
    with m.If(dut.arbiter.access_phase):
        m.d.sync += inside("remaining").eq(dut.params.hold - 1)


def test_a_strobe_that_falls_early_is_caught(caught):
    caught(falls_early, "10", "record")
