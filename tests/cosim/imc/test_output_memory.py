from goldspike.cosim.imc.output_memory import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.output_memory import OutputMemory

WRONG_ANSWERS = [
    (
        "3x5",
        "self.room.eq(free)",
        "self.room.eq(Mux(free == 0, 1, free))",
        r"memory: word \d+ is 0x\w+, not 0x\w+: an earlier one is lost",
    ),
    (
        "3x5",
        "pops.eq(self.valid & self.ready)",
        "pops.eq(self.valid)",
        r"memory: word \d+ is 0x\w+, not 0x\w+: an earlier one is lost",
    ),
    (
        "3x5",
        "self.valid.eq(offered != 0)",
        "self.valid.eq(offered > 1)",
        r"nothing moves for 1000 ticks: memory: 600 in, 597 out of 600",
    ),
]

STILL = r"(entering|leaving)\[0\]"
"""Bits that stay as they are in `top`: there is one word."""

FAULTS = [
    ("3x5", "self.valid.eq(offered != 0)", "self.valid.eq(held != 0)"),
    (
        "3x5",
        "m.d.sync += held.eq(held_next)",
        "m.d.sync += held.eq(held_next)\n"
        "    still = Signal(10)\n"
        "    m.d.sync += still.eq(Mux(self.push, 0, still + 1))\n"
        "    with m.If(still == 1023):\n"
        "        m.d.sync += entering.eq(0)",
    ),
]

SLOW = ("test_controls", "test_hand_faults")


def test_output_memory_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 200


@bug_in(OutputMemory, OutputMemory.ends)
def pixels_one_word_short(self, word):
    """Bug: a pixel is taken for whole one word early."""
    return word == max(0, self.params.words - 2)


def test_wrong_counts_are_caught(caught):
    caught(pixels_one_word_short, "3x5", r"\w+")
