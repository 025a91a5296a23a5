import numpy as np
import pytest
from amaranth.sim import Simulator

from goldspike.hdl.timing.oscillator import Oscillator
from goldspike.model.timing.oscillator import OscillatorModel, OscillatorParams


def rtl_edges(params, enable):
    """Return (tick, clock) after every change of the clock; the strobes must announce each."""
    dut, edges = Oscillator(params), []

    async def bench(ctx):
        tick = before = 0
        while tick < len(enable) or ctx.get(dut.busy):
            ctx.set(dut.enable, tick < len(enable) and enable[tick])
            rises, falls = ctx.get(dut.rises), ctx.get(dut.falls)
            await ctx.tick()
            tick += 1
            clock = ctx.get(dut.clock)
            assert (rises, falls) == (clock > before, clock < before)
            if clock != before:
                edges.append((tick, clock))
            before = clock

    simulator = Simulator(dut)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    return edges


@pytest.mark.parametrize(("low", "high", "divide"), [(1, 1, 1), (3, 2, 1), (1, 1, 4), (2, 1, 5)])
def test_it_does_what_the_model_does(low, high, divide):
    params = OscillatorParams(low=low, high=high, divide=divide)
    enable = np.logical_xor.accumulate(np.random.default_rng(1).random(600) < 0.15)
    enable[-1] = False
    records = OscillatorModel(params).run(enable)
    records = records[np.diff(records["clock"], prepend=np.uint8(0)) != 0]
    assert rtl_edges(params, enable.tolist()) == records[["tick", "clock"]].tolist()
