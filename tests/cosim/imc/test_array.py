from copy import copy
from dataclasses import replace

import numpy as np
import pytest
from amaranth.hdl import Const, Mux

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.imc.array import BENCH
from goldspike.cosim.imc.shared.stimulus import rows_from_ticks
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.array import Array
from goldspike.hdl.imc.input_memory import InputMemory
from goldspike.hdl.imc.link import Link
from goldspike.hdl.imc.output_memory import OutputMemory
from goldspike.hdl.imc.partial_adder import PartialAdder
from goldspike.hdl.imc.shared.stream import Stream
from goldspike.hdl.imc.sum_packer import SumPacker
from goldspike.imc.circuit import run_rtl
from goldspike.imc.engine import run_model, total
from goldspike.model.imc.shared.array import Kind
from goldspike.signoff.edited import edited

WRONG_ANSWERS = [
    (
        "stalling",
        "ready.eq(part.ready[k])",
        "ready.eq(1)",
        r"nothing moves for \d+ ticks: \d+ of \d+ words, \d+ answers",
    ),
    (
        "stalling",
        "last.program_bias.eq(self.program_scale[-1])",
        "last.program_bias.eq(self.program_scale[-1] & ~self.run)",
        r"answer \d+ is class \d, not \d",
    ),
]

FEW = {"value"}
"""Scales are small here; single bits of them are in `mixed`, which is mutated."""

FAULTS = [
    (
        "stalling",
        "step.eq(self.run & (cycle == 0))",
        "step.eq((self.run | self.in_valid) & (cycle == 0))",
    ),
    (
        "stalling",
        "self.late.eq(Cat(core.late for core in cores).any())",
        "self.late.eq(cores[0].late & cores[-1].complete)",
    ),
    (
        "stalling",
        "Cat(core.late for core in cores).any()",
        "Cat(core.late for core in cores).all()",
    ),
    (
        "stalling",
        "cycle = Signal(range(self.params.timestep))",
        "cycle = Signal(range(self.params.timestep), reset_less=True)",
    ),
    (
        "columns",
        "core.program_weight.eq(self.program_weight[k])",
        "core.program_weight.eq(self.program_weight[k] & ~self.run)",
    ),
    (
        "columns",
        "core.program_scale.eq(self.program_scale[k])",
        "core.program_scale.eq(self.program_scale[k] & ~self.program_weight[k])",
    ),
    (
        "stalling",
        "last.program_bias.eq(self.program_scale[-1])",
        "last.program_bias.eq(self.program_scale[-1] & ~self.stall)",
    ),
    (
        "stalling",
        "return self.in_valid, self.in_word, self.in_ready",
        "return self.in_valid & ~self.program_scale.any(), self.in_word, self.in_ready",
    ),
    (
        "stalling",
        "return self.in_valid, self.in_word, self.in_ready",
        "return self.in_valid & ~self.late, self.in_word, self.in_ready",
    ),
    (
        "stalling",
        "step.eq(self.run & (cycle == 0))",
        "step.eq(self.run & ~self.late & (cycle == 0))",
    ),
    (
        "stalling",
        "link.o_ready.eq(last.ready & ~self.stall)",
        "link.o_ready.eq(last.ready & ~(self.stall & ~self.late))",
    ),
    (
        "stalling",
        "link.o_ready.eq(last.ready & ~self.stall)",
        "link.o_ready.eq(last.ready & ~(self.stall & ~last.answered))",
    ),
]

NUMBERED = True

SLOW = ("test_hand_faults",)


def test_array_equals_its_model():
    assert run_bench(BENCH, "rows").compared >= 500


@pytest.mark.slow
@pytest.mark.parametrize("config", BENCH.configs)
def test_every_array_equals_its_model(config):
    assert run_bench(BENCH, config, driver="arrays").compared >= 100


@pytest.mark.slow
@pytest.mark.parametrize("config", ["2x2", "rows2"])
@pytest.mark.parametrize("core", range(2))
def test_each_core_is_late_alone(core, config):
    bench = type("Bench", (BENCH,), {"tardy": core})  # a run has one, as `late` stays up
    others = f"Cat(core.late for core in cores[:{core}] + cores[{core + 1}:])"
    rtl = edited(Array, "Cat(core.late for core in cores)", others)
    with pytest.raises(LockstepError, match="pin late: expected 1, got 0"):
        run_bench(bench, config, rtl=rtl, driver="arrays")


@pytest.mark.slow
@pytest.mark.parametrize("bit", [13, 40])
def test_scales_without_one_bit_are_caught(bit):
    rtl = edited(Array, "core.scale.eq(self.value)", f"core.scale.eq(self.value & ~(1 << {bit}))")
    with pytest.raises(LockstepError, match=r"^imc/array \(mixed\), "):
        run_bench(BENCH, "mixed", rtl=rtl, driver="arrays")


def test_a_load_while_outputs_are_computed_is_forbidden():
    bench = BENCH("stalling")
    rows = bench.stimulus(np.random.default_rng(1), bench.steps)
    (ticks,) = bench.forbidden(rows, {}).values()
    assert not ticks.size
    rows["program_scale"] |= (rows["run"] << len(bench.cores)).astype(np.uint8)
    (ticks,) = bench.forbidden(rows, {}).values()
    assert ticks.size


@pytest.mark.parametrize("early", [0, 1])
def test_a_load_after_a_timestep_that_begins_too_early_is_forbidden(early):
    bench = BENCH("stalling")
    rest = [{}] * (bench.params.timestep - 1 - early)
    ticks = [{"run": 1}, *rest, {"run": 1}, {"run": 1, "program_weight": 1}, {}]
    (found,) = bench.forbidden(
        rows_from_ticks(bench, ticks, bench.params.word_bits // 8), {}
    ).values()
    assert found.tolist() == [len(ticks) - 1] * early


@bug_in(Array)
def always_late(m, array, inside):
    """Bug: `late` is up from the start, which no traced word shows."""
    m.d.comb += array.late.eq(1)


@pytest.mark.slow
def test_the_engine_compares_words_and_pins(monkeypatch):
    bench, rng = BENCH("rows"), np.random.default_rng(1)
    weights = bench.draw(rng)
    images = rng.integers(-128, 128, (2, 4, 4, 5)).astype(np.int8)
    result = total([*run_rtl(bench.params, weights, images, compared=True)])
    model = total([*run_model(bench.params, weights, images)])
    assert result == model
    monkeypatch.setattr(BENCH, "rtl", always_late)
    with pytest.raises(LockstepError, match="pin late"):
        total([*run_rtl(bench.params, weights, images, compared=True)])


@bug_in(Array, PartialAdder.added)
def forgets_the_first(self, lane):
    """Bug: the second core of three does not add what the first one sends."""
    return Const(0) if self.params.partial_bits == 16 else PartialAdder.added(self, lane)


@bug_in(Array, PartialAdder.added)
def adds_twice(self, lane):
    """Bug: partial sums are added twice."""
    return PartialAdder.added(self, lane) << 1


@bug_in(Array, SumPacker.widened)
def saturates(self, number):
    """Bug: partial sums are held within nine bits on the way."""
    return SumPacker.widened(self, Mux(number > 255, 255, Mux(number < -256, -256, number)))


@bug_in(Array, at=PartialAdder)
def next_lane(m, adder, inside):
    """Bug: lane k + 1 is added to channel k."""
    size, lanes = adder.params.lane_bits, adder.params.packer.lanes
    lane, word = inside("lane"), inside("queue.word")
    own = adder.sums.word_select(inside("channel"), adder.params.own_bits).as_signed()
    place = Mux(lane == lanes - 1, 0, lane + 1)
    m.d.comb += adder.sum.eq(own + adder.added(word.word_select(place, size)))


@bug_in(Array, at=PartialAdder)
def never_waits(m, adder, inside):
    """Bug: an output does not wait for its partial sum."""
    m.d.comb += adder.waits.eq(1)


@bug_in(Array, at=PartialAdder)
def leaves_early(m, adder, inside):
    """Bug: a word leaves with its first lane."""
    m.d.comb += inside("ends_word").eq(1)


@bug_in(Array, Stream.is_for)
def a_word_off(self, number, begin, count):
    """Bug: of a cut pixel, a core takes the words that lie one further."""
    whole = count == self.params.words
    return Stream.is_for(self, number, begin if whole else max(0, begin - 1), count)


@pytest.mark.slow
@pytest.mark.parametrize("rtl", [forgets_the_first, adds_twice, saturates, never_waits, a_word_off])
def test_wrong_sums_are_caught(rtl, caught):
    caught(rtl, "rows", r".*core[012]\.")


@pytest.mark.slow
@pytest.mark.parametrize("rtl", [next_lane, leaves_early])
def test_wrong_lanes_are_caught(rtl, caught):
    caught(rtl, "rows2", r".*core[01]\.")


@bug_in(Array, OutputMemory.free_pixels)
def room_for_one_too_many(self, held):
    """Bug: a queue takes one pixel or sum more than there is room for."""
    return self.params.pixels + 1 - held


@pytest.mark.slow
def test_sums_lost_under_back_pressure_are_caught(caught):
    caught(room_for_one_too_many, "stalling", r".*core\d\.")


@bug_in(Array, InputMemory.residual_address)
def residual_one_row_late(self, m):
    """Bug: residuals lag by a row, in every row part."""
    address = InputMemory.residual_address(self, m)
    return Mux(address == 0, 0, address - self.params.delta_kernel)


@pytest.mark.slow
def test_a_residual_that_lags_is_caught(caught):
    caught(residual_one_row_late, "residual", r".*core\d\.")


@bug_in(Array, Array.receiver)
def hops_in_another_order(self, stream, k, cores, end):
    """Bug: sums hop in another order: two cores take each other's channels."""
    if stream.kind == Kind.PIXEL and k in (0, 1):
        k = 1 - k
    return Array.receiver(self, stream, k, cores, end)


@bug_in(Array, OutputMemory.free_pixels)
def room_for_one_too_few(self, held):
    """Bug: a queue takes one pixel or sum fewer than it has places."""
    return Mux(held == self.params.pixels, 0, self.params.pixels - 1 - held)


@bug_in(Array, Array.sender)
def residual_of_the_other_part(self, stream, k, cores):
    """Bug: residuals come from the other row part."""
    if stream.kind == Kind.RESIDUAL:
        k = stream.senders[-1 - stream.senders.index(k)]
    return Array.sender(self, stream, k, cores)


@bug_in(Array, Array.build_cores)
def shortcut_without_stride(self, m, platform):
    """Bug: a shortcut takes every pixel, whatever its stride."""
    wrong = copy(self.params)
    vars(wrong)["circuits"] = tuple(
        replace(core, layer=replace(core.layer, stride=1)) if core.layer.kernel == 1 else core
        for core in wrong.circuits
    )
    self.params = wrong
    return Array.build_cores(self, m, platform)


@bug_in(Array, Link.takes)
def fork_without_the_others(self):
    """Bug: pixels go to all cores as soon as the first one takes them."""
    return self.o_ready[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rtl", "config"),
    [
        (hops_in_another_order, "rows"),
        (room_for_one_too_few, "stalling"),
        (residual_of_the_other_part, "residual"),
        (shortcut_without_stride, "shortcut"),
        (fork_without_the_others, "stalling"),
    ],
)
def test_wrong_ways_between_cores_are_caught(rtl, config, caught):
    caught(rtl, config, r".*(core\d|pin )")
