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

WRONG_ANSWERS = [
    (
        "4-words",
        "self.ready.eq(self.takes() & ((left != 0) | (word != 0)))",
        "self.ready.eq((left != 0) | (word != 0))",
        r"receiver 0: word \d+ is 0x\w+, not 0x\w+: an earlier one is lost",
    ),
    (
        "fork",
        "self.o_valid.eq(carries.replicate(params.receivers))",
        "self.o_valid.eq(self.valid.replicate(params.receivers))",
        r"receiver \d: 0x\w+ comes out, but all that went in is out",
    ),
    (
        "fork",
        "with m.If(self.step):",
        "with m.If(self.step & (left == params.pixels)):",
        r"nothing moves for 1000 ticks: receiver 0: 0 in, 0 out of 600; .*",
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
