from goldspike.cosim.imc.pooling import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.pooling import Pooling

WRONG_ANSWERS = [
    ("5x4", "self.ready.eq(self.room)", "self.ready.eq(1)", r"the pooling is ready without room"),
    (
        "5x4",
        "takes.eq(self.valid & self.ready)",
        "takes.eq(self.valid)",
        r"means: 0x\w+ comes out, but all that went in is out",
    ),
    (
        "5x4",
        "self.push.eq(takes & last)",
        "self.push.eq(takes & last & ends)",
        r"means: word 0 is 0x\w+, not 0x\w+: an earlier one is lost",
    ),
]

FAULTS = [
    (
        "one",
        "(total + self.params.pixels // 2)",
        "(total + self.params.pixels // 2 + (total == -1))",
    ),
    (
        "56x64",
        "(total + self.params.pixels // 2)",
        "(total + self.params.pixels // 2 - (total == -(self.params.pixels // 2)))",
    ),
]


def test_pooling_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 300


@bug_in(Pooling, Pooling.average)
def truncates_the_mean(self, total):
    """Bug: means are cut off, not rounded."""
    return (total >> self.params.shift)[:8]


def test_a_wrong_mean_is_caught(caught):
    caught(truncates_the_mean, "5x4", r"word\[")
