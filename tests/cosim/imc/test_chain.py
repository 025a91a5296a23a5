import pytest
from amaranth.hdl import Mux

from cosim.imc.chain import BENCH
from cosim.runner import run_bench
from cosim.scoreboard import LockstepError
from hdl.imc.chain import Chain
from hdl.imc.core import Core
from hdl.imc.input_memory import InputMemory


@pytest.mark.parametrize("config", BENCH.configs)
def test_chain_equals_its_model(run, config):
    assert run(BENCH, config).compared >= 500


class ResidualOneRowLate(InputMemory):
    def residual_address(self, m):
        address = super().residual_address(m)
        return Mux(address == 0, 0, address - self.params.delta_kernel)


class LateResidualCore(Core):
    memory_type = ResidualOneRowLate


class LateResidualChain(Chain):
    core_type = LateResidualCore


def test_a_residual_that_lags_is_caught():
    with pytest.raises(LockstepError, match=r"^imc/chain \(residual\), .* field core2\."):
        run_bench(BENCH, "residual", rtl=LateResidualChain, engine="batch")
