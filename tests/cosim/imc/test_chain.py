from typing import ClassVar

import numpy as np
import pytest
from amaranth.hdl import Mux, Signal

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.imc.array import BENCH as ARRAY
from goldspike.cosim.imc.chain import BENCH, ChainBench
from goldspike.cosim.imc.core import square
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.chain import Chain
from goldspike.hdl.imc.dataflow_controller import DataflowController
from goldspike.hdl.imc.input_memory import InputMemory
from goldspike.hdl.imc.output_memory import OutputMemory
from goldspike.imc.circuit import run_rtl
from goldspike.imc.engine import total
from goldspike.model.imc.chain import ChainParams

WRONG_ANSWERS = [
    (
        "stalling",
        "link.o_ready.eq(last.ready & ~self.stall)",
        "link.o_ready.eq(last.ready)",
        r"an answer comes after \d+ ticks of stall",
    ),
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
    (
        "stalling",
        "step.eq(self.run & (cycle == 0))",
        "step.eq((self.run | self.answered) & (cycle == 0))",
    ),
    (
        "parallel",
        "m.d.comb += [\n        self.late.eq(Cat(core.late for core in cores).any()),",
        "kept = Signal(reset_less=True)\n"
        "    m.d.sync += kept.eq(self.late)\n"
        "    m.d.comb += [\n"
        "        self.late.eq(Cat(core.late for core in cores).any() | kept),",
    ),
]


def test_chain_equals_its_model():
    assert run_bench(BENCH, "residual").compared >= 500  # cocotb; test_batch.py has the others


@bug_in(Chain, InputMemory.residual_address)
def residual_one_row_late(self, m):
    """Bug: a chain's residual lags by a row."""
    address = InputMemory.residual_address(self, m)
    return Mux(address == 0, 0, address - self.params.delta_kernel)


@pytest.mark.parametrize(("bench", "config"), [(BENCH, "residual"), (ARRAY, "rows")])
def test_the_stimulus_has_run_what_its_rows_say(bench, config):
    """What is expected is the run of its own model, from which it drew the rows."""
    job = bench(config)
    rows = job.stimulus(np.random.default_rng(4), 2)
    (_, kept), (_, again) = job.follow(rows), bench(config).follow(rows)
    assert kept.tolist() == again.tolist()
    assert kept.any(axis=0)[[0, 2]].all(), "words are taken, and it is busy"
    of_its_own, of_rows = job.expect(rows), bench(config).expect(rows)
    assert of_its_own.keys() == of_rows.keys()
    for part, records in of_rows.items():
        assert of_its_own[part].tobytes() == records.tobytes(), part


def test_a_residual_that_lags_is_caught(caught):
    caught(residual_one_row_late, "residual", r"core1\.")


@bug_in(Chain, InputMemory.residual_address)
def residual_of_the_image_before(self, m):
    """Bug: residuals lag by a column: an image's first are of the image before."""
    address = InputMemory.residual_address(self, m)
    words, kernel = self.params.words, self.params.layer.kernel
    first = address // words % kernel == 0
    return Mux(first, address + (kernel - 1) * words, address - words)


@pytest.mark.slow
def test_a_residual_of_the_image_before_is_caught(caught):
    caught(residual_of_the_image_before, "residual", r"core1\.")


@bug_in(Chain, at=DataflowController)
def takes_every_second(m, controller, inside):
    """Bug: a core takes pixels in every second timestep only."""
    awake = Signal()
    with m.If(controller.step):
        m.d.sync += awake.eq(~awake)
    with m.If(~awake):
        m.d.comb += controller.in_ready.eq(0)


@bug_in(Chain, OutputMemory.free_pixels)
def room_for_one_too_many(self, held):
    """Bug: a core sends one pixel more than there is room for."""
    return self.params.pixels + 1 - held


@pytest.mark.slow
def test_a_pixel_lost_under_back_pressure_is_caught(caught):
    caught(room_for_one_too_many, "stalling", r"core\d\.")


def test_a_bubble_is_caught(monkeypatch):
    bench = BENCH("stalling")
    rng = np.random.default_rng(1)
    pixels = rng.integers(-128, 128, (3, 2, 2, 1)).astype(np.int8)
    weights = bench.draw(rng)
    assert total([*run_rtl(bench.params, weights, pixels)]).ends
    monkeypatch.setattr(BENCH, "rtl", takes_every_second)
    with pytest.raises(LockstepError, match="did not take every pixel in its timestep"):
        total([*run_rtl(bench.params, weights, pixels)])


class OnePixel(ChainBench):
    """Images of a single pixel, two per timestep, of which the last layer answers one."""

    circuit = "imc/chain"
    configs: ClassVar = {
        "one-pixel": ChainParams(
            layers=(square(1, 1, 1, kernel=1, padding=0),), shifts=(3,), classes=2, word_bits=8,
            depth=4, rows_per_tick=1, weight_bits=3, replicas=(2,),
        )
    }  # fmt: skip
    large: ClassVar = {}
    stalls: ClassVar = {"one-pixel": 12}
    published = shown = "one-pixel"


def test_images_of_a_pixel_wait_for_room():
    run_bench(OnePixel, "one-pixel", driver="arrays", steps=30)


@bug_in(Chain, Chain.room)
def room_counted_late(self, m, pooling, pooled):
    """Bug: a chain takes an image of one pixel while the one before takes the last room."""
    return pooled.room != 0


def test_an_image_without_room_is_caught():
    with pytest.raises(LockstepError, match=r"core0\.output|answer"):
        run_bench(OnePixel, "one-pixel", rtl=room_counted_late, driver="arrays", steps=30)
