from goldspike.cosim.imc.link import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.link import Link

FAULTS = [
    (
        "fork",
        "with m.If(self.step):",
        "late = Signal()\n    m.d.sync += late.eq(self.step)\n    with m.If(self.step & ~late):",
    ),
]


def test_link_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 100


@bug_in(Link, Link.takes)
def any_receiver_will_do(self):
    """Bug: a fork's word goes out though one receiver does not take it."""
    return self.o_ready.any()


def test_a_word_that_not_all_take_is_caught(caught):
    caught(any_receiver_will_do, "fork", "record")
