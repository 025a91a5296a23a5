from goldspike.cosim.imc.fully_connected import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.fully_connected import FullyConnected

WRONG_ANSWERS = [
    (
        "5-3",
        "self.ready.eq(state == State.FILL)",
        "self.ready.eq(1)",
        r"a pixel is taken before the answer to the one before",
    ),
    (
        "5-3",
        "self.answered.eq((state == State.COMPARE) & last)",
        "self.answered.eq((state == State.COMPARE) & last & ~self.valid)",
        r"a pixel is taken before the answer to the one before",
    ),
    (
        "5-3",
        "crossbar.start.eq(state == State.START)",
        "crossbar.start.eq((state == State.START) & ~self.valid)",
        r"answer \d+ is \d with .*",
    ),
]

FAULTS = [
    ("5-3", "| (taken != 0)", ""),
    ("5-3", "score = Signal(signed(bits))", "score = Signal(signed(32))"),
    (
        "5-3",
        "write.en.eq(self.program_bias)",
        "write.en.eq(self.program_bias & ~self.program_weight)",
    ),
    (
        "5-3",
        "with m.If(self.program_bias):",
        "with m.If(self.crossbar.load):\n"
        "        m.d.sync += place.eq(0)\n"
        "    with m.If(self.program_bias):",
    ),
    (
        "5-3",
        "with m.If(self.program_bias):",
        "awake = Signal()\n"
        "    m.d.sync += awake.eq(self.busy)\n"
        "    with m.If(self.program_bias & awake):",
    ),
]

SLOW = ("test_controls", "test_hand_faults")


def test_fully_connected_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 40


@bug_in(FullyConnected, FullyConnected.wins)
def ties_up(self, score, best):
    """Bug: ties of scores go to the higher class."""
    return score >= best


def test_a_tie_that_goes_up_is_caught(caught):
    caught(ties_up, "3-2", "answer")


@bug_in(FullyConnected)
def forgets(m, layer, inside):
    """Bug: scores do not stay until the next pixel."""
    with m.If(layer.answered):
        m.d.sync += layer.scores.eq(0)


def test_an_answer_that_does_not_stay_is_caught(caught):
    caught(forgets, "3-2", "scores")
