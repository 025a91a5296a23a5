import numpy as np
import pytest
from amaranth.hdl import Mux, Signal

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.imc.chain import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.chain import Chain
from goldspike.hdl.imc.dataflow_controller import DataflowController
from goldspike.hdl.imc.input_memory import InputMemory
from goldspike.hdl.imc.output_memory import OutputMemory
from goldspike.imc.circuit import run_rtl
from goldspike.imc.engine import total

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
]

FEW = {"value"}
"""Scales are small here; single bits of them are in `mixed`, which is mutated."""


def test_chain_equals_its_model():
    assert run_bench(BENCH, "residual").compared >= 500  # cocotb; test_batch.py has the others


@bug_in(Chain, InputMemory.residual_address)
def residual_one_row_late(self, m):
    """Bug: a chain's residual lags by a row."""
    address = InputMemory.residual_address(self, m)
    return Mux(address == 0, 0, address - self.params.delta_kernel)


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
