import numpy as np
import pytest
from amaranth.sim import Simulator

from goldspike.hdl.timing.delay_cell import DelayCell
from goldspike.model.timing.delay_cell import DelayCellModel, DelayCellParams


def rtl_delayed(params, level):
    """Return the output after each tick, until nothing is busy."""
    dut, seen = DelayCell(params), []

    async def bench(ctx):
        for sampled in level:
            ctx.set(dut.level, sampled)
            await ctx.tick()
            seen.append(ctx.get(dut.delayed))
        while ctx.get(dut.busy):
            await ctx.tick()
            seen.append(ctx.get(dut.delayed))

    simulator = Simulator(dut)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    return seen


@pytest.mark.parametrize(("width", "delay"), [(1, 1), (1, 9), (5, 4)])
def test_it_does_what_the_model_does(width, delay):
    params = DelayCellParams(width=width, delay=delay)
    level = np.random.default_rng(1).random((100, width)) < 0.4
    level[-2:] = [[False], [True]]
    bits = 1 << np.arange(width)
    expected = DelayCellModel(params).delayed(level) @ bits
    assert rtl_delayed(params, (level @ bits).tolist()) == expected.tolist()


def test_more_levels_inside_than_a_signal_has_bits_are_refused():
    with pytest.raises(ValueError, match=r"^width \* delay must be in 1\.\.65536, not 69632$"):
        DelayCell(DelayCellParams(width=4096, delay=17))
