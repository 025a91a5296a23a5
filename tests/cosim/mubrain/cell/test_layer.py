from dataclasses import replace

import pytest
from amaranth.hdl import Value

from cosim.mubrain.cell.layer import BENCH
from cosim.runner import run_bench
from cosim.scoreboard import LockstepError
from hdl.cells import delayed
from hdl.mubrain.cell.layer import Layer
from model.mubrain.layer import INTEGRATE_PS
from model.mubrain.weight_memory import Storage


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


class IntegratesOnTheFall(Layer):
    """The strobe is upside down: the neurons integrate as the grant is over."""

    def strobe(self, m, grant):
        return delayed(m, "strobe", Value.cast(~grant), INTEGRATE_PS)


class IntegratesTheWordBefore(Layer):
    """The neurons are faster than their memory."""

    def strobe(self, m, grant):
        return grant


@pytest.mark.parametrize("rtl", [IntegratesOnTheFall, IntegratesTheWordBefore])
def test_a_wrong_strobe_is_caught(rtl):
    with pytest.raises(LockstepError, match=r"picosecond \d+, field (record|integrated)"):
        run_bench(BENCH, "7x3-linear", rtl=rtl, engine="batch")


def test_weights_in_a_memory_are_refused():
    with pytest.raises(ValueError, match="keeps its weights in registers"):
        Layer(replace(BENCH.configs["16x10"], storage=Storage.MEMORY))
