import numpy as np
import pytest
from amaranth.hdl import Mux, Signal

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.imc.chain import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.imc.chain import Chain
from goldspike.hdl.imc.core import Core
from goldspike.hdl.imc.dataflow_controller import DataflowController
from goldspike.hdl.imc.input_memory import InputMemory
from goldspike.hdl.imc.output_memory import OutputMemory
from goldspike.imc.circuit import run_rtl


def test_chain_equals_its_model():
    assert run_bench(BENCH, "residual").compared >= 500  # cocotb; test_batch.py has the others


class ResidualOneRowLate(InputMemory):
    def residual_address(self, m):
        address = super().residual_address(m)
        return Mux(address == 0, 0, address - self.params.delta_kernel)


class LateResidualCore(Core):
    memory_type = ResidualOneRowLate


class LateResidualChain(Chain):
    """Bug: a chain's residual lags by a row."""

    core_type = LateResidualCore


def test_a_residual_that_lags_is_caught():
    with pytest.raises(LockstepError, match=r"^imc/chain \(residual\), .* field core1\."):
        run_bench(BENCH, "residual", rtl=LateResidualChain, driver="arrays")


class TakesEverySecond(DataflowController):
    """Takes pixels in every second timestep only."""

    def __init__(self, params, **options):
        super().__init__(params, **options)
        self.awake = Signal()

    def elaborate(self, platform):
        m = super().elaborate(platform)
        with m.If(self.step):
            m.d.sync += self.awake.eq(~self.awake)
        return m

    def storable(self):
        return super().storable() & self.awake


class BubblingCore(Core):
    controller_type = TakesEverySecond


class BubblingChain(Chain):
    """Bug: a core takes pixels in every second timestep only."""

    core_type = BubblingCore


class ForgetfulMemory(OutputMemory):
    """Says that there is room for one pixel more than there is."""

    def free_pixels(self, held):
        return self.params.pixels + 1 - held


class OverrunCore(Core):
    output_type = ForgetfulMemory


class OverrunChain(Chain):
    """Bug: a core sends one pixel more than there is room for."""

    core_type = OverrunCore


@pytest.mark.slow
def test_a_pixel_lost_under_back_pressure_is_caught():
    with pytest.raises(LockstepError, match=r"^imc/chain \(stalling\), .* field core\d\."):
        run_bench(BENCH, "stalling", rtl=OverrunChain, driver="arrays")


def test_a_bubble_is_caught(monkeypatch):
    bench = BENCH("stalling")
    rng = np.random.default_rng(1)
    pixels = rng.integers(-128, 128, (3, 2, 2, 1)).astype(np.int8)
    weights = bench.draw(rng)
    assert run_rtl(bench.params, weights, pixels).ends
    monkeypatch.setattr("goldspike.imc.circuit.Chain", BubblingChain)
    with pytest.raises(LockstepError, match="did not take every pixel in its timestep"):
        run_rtl(bench.params, weights, pixels)
