import numpy as np
import pytest

from goldspike.cosim.bench.scene import load_scene
from goldspike.cosim.imc.core import BENCH
from goldspike.cosim.imc.input_memory import InputMemoryBench
from goldspike.cosim.imc.shared.safety import violations
from goldspike.cosim.imc.shared.stimulus import rows_from_ticks
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.core import Core
from goldspike.hdl.imc.dataflow_controller import DataflowController, State
from goldspike.hdl.imc.digital_processor import DigitalProcessor

WRONG_ANSWERS = [
    (
        "figure-8",
        "output.push.eq(maker.push)",
        "output.push.eq(maker.push & ~self.out_valid)",
        r"word \d+ that is made is 0x\w+, not 0x\w+",
    ),
    (
        "figure-8",
        "self.in_ready.eq(controller.in_ready)",
        "self.in_ready.eq(controller.receiving)",
        r"nothing moves for 3960 ticks: words .*|word \d+ that is made is 0x\w+, not 0x\w+",
    ),
    (
        "figure-8",
        "output.ready.eq(self.out_ready)",
        "output.ready.eq(1)",
        r"word \d+ that is made is 0x\w+, not 0x\w+",
    ),
    (
        "figure-8",
        "crossbar.program_weight.eq(self.program_weight)",
        "crossbar.program_weight.eq(self.program_weight & ~controller.busy)",
        r"word \d+ that is made is 0x\w+, not 0x\w+",
    ),
    (
        "last",
        "maker.program_scale.eq(self.program_scale)",
        "maker.program_scale.eq(self.program_scale & ~self.program_weight)",
        r"word \d+ that is made is 0x\w+, not 0x\w+",
    ),
]

FEW = {"scale", "sum_word"}
"""Numbers that are small for their width; those of their own circuits are of any size."""

FAULTS = [
    ("last", "Cat(self.waits).all()", "Cat(self.waits).any()"),
    ("figure-8", "self.in_ready.eq(controller.in_ready)", "self.in_ready.eq(controller.receiving)"),
    (
        "parallel",
        "crossbar.program_weight.eq(self.program_weight)",
        "crossbar.program_weight.eq(self.program_weight & ~self.late)",
    ),
    (
        "last",
        "maker.program_scale.eq(self.program_scale)",
        "maker.program_scale.eq(self.program_scale & ~self.late)",
    ),
    (
        "parallel",
        "controller.step.eq(self.step)",
        "controller.step.eq(self.step & ~controller.complete)",
    ),
    ("last", "output.offer.eq(self.step)", "output.offer.eq(self.step & ~controller.complete)"),
    (
        "last",
        "self.late.eq(controller.late),\n    ]",
        "]\n"
        "    kept = Signal(reset_less=True)\n"
        "    m.d.sync += kept.eq(self.late)\n"
        "    m.d.comb += self.late.eq(controller.late | kept)",
    ),
]


def test_core_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 500


@bug_in(Core, DataflowController.storable)
def stores_what_is_needed(self):
    """Bug: a core stores what it still needs."""
    return self.ahead <= self.layer.kernel


@bug_in(Core, DataflowController.advance)
def stride_of_one(self, m):
    """Bug: a core's windows move by the wrong stride."""
    DataflowController.advance(self, m)
    with m.If(~self.next_column):
        m.d.sync += self.top.eq(self.top + 1)


@bug_in(Core, DigitalProcessor.scale_memory)
def scale_of_the_channel_before(self, m, channel):
    """Bug: a channel is scaled with its neighbour's multiplier."""
    late = type(channel)(len(channel))
    m.d.sync += late.eq(channel)
    return DigitalProcessor.scale_memory(self, m, late)


BUGS = {
    stores_what_is_needed: "memory|safety",
    stride_of_one: "memory|safety",
    scale_of_the_channel_before: "output",
}


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_part_is_caught_in_the_core(rtl, caught):
    caught(rtl, "parallel", rf"({BUGS[rtl]})\.")


def test_violations_are_found_without_a_model():
    bench = InputMemoryBench("figure-8")
    rows = load_scene("imc/input_memory").scenario(bench, np.random.default_rng(1))
    records = bench.expect(rows)
    assert violations(bench.params, records).size == 0
    swapped = records.copy()
    swapped["address"][-1] = 0
    found = violations(bench.params, swapped)
    assert found["tick"].tolist() == [records["tick"][-1]]
    early = records[np.arange(records.size) != 4]  # a word that was never stored
    assert violations(bench.params, early).size == 1


@pytest.mark.parametrize("late", [0, 1])
def test_a_load_is_forbidden_by_the_timestep_that_a_late_step_does_not_end(late):
    bench = BENCH("figure-8")
    window = bench.params.controller.window
    ticks = [{}, {"step": 1}, *[{}] * (window - 1), {"step": late}, {"program_weight": 1}, {}]
    (found,) = bench.forbidden(rows_from_ticks(bench, ticks, 2), {}).values()
    assert found.tolist() == [len(ticks) - 1]


@bug_in(Core, at=DataflowController)
def never_rests(m, controller, inside):
    """Bug: a core never rests."""
    m.d.comb += controller.busy.eq(1)


@bug_in(Core, at=DataflowController)
def rests_while_it_reads(m, controller, inside):
    """Bug: a core's clock stops while it reads."""
    m.d.comb += controller.busy.eq(controller.step | (controller.state == State.RECEIVE))


def test_a_core_that_never_rests_is_caught(caught):
    caught(never_rests, "parallel", "pin busy")


def test_a_core_that_rests_while_it_reads_is_caught(caught):
    caught(rests_while_it_reads, "parallel", r"memory\.")
