import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator

from goldspike.hdl.timing.clock_gate import ClockGate
from goldspike.hdl.timing.oscillator import Oscillator
from goldspike.model.timing.clock_gate import ClockGateModel, ClockGateParams
from goldspike.model.timing.oscillator import OscillatorModel, OscillatorParams


def rtl_edges(oscillator, gates, run, enable):
    """Return (tick, gated) after every change of the gated clocks behind an oscillator."""
    m, edges = Module(), []
    m.submodules.source = source = Oscillator(oscillator)
    m.submodules.gate = gate = ClockGate(gates)
    m.d.comb += [gate.clock_rises.eq(source.rises), gate.clock_falls.eq(source.falls)]

    async def bench(ctx):
        before = 0
        for tick, (runs, sampled) in enumerate(zip(run, enable, strict=True), start=1):
            ctx.set(source.enable, runs)
            ctx.set(gate.enable, sampled)
            rises, falls = ctx.get(gate.rises), ctx.get(gate.falls)
            await ctx.tick()
            gated = ctx.get(gate.gated)
            assert gated & ~(-ctx.get(source.clock)) == 0
            assert (rises, falls) == (gated & ~before, before & ~gated)
            if gated != before:
                edges.append((tick, gated))
            before = gated

    simulator = Simulator(m)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    return edges


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize(("low", "high"), [(1, 1), (3, 2)])
def test_behind_an_oscillator_it_does_what_the_model_does(width, low, high):
    oscillator, gates = OscillatorParams(low=low, high=high), ClockGateParams(width=width)
    rng = np.random.default_rng(1)
    run = np.logical_xor.accumulate(rng.random(400) < 0.1)
    run[-10:] = False
    enable = np.logical_xor.accumulate(rng.random((400, width)) < 0.2, axis=0)
    clock = OscillatorModel(oscillator).run(run)
    rises, falls = (clock["tick"][clock["clock"] == level] for level in (1, 0))
    records = ClockGateModel(gates).run(rises, falls, enable)
    expected = list(zip(records["tick"].tolist(), records["gated"][:, 0].tolist(), strict=True))
    bits = (enable @ (1 << np.arange(width))).tolist()
    assert rtl_edges(oscillator, gates, run.tolist(), bits) == expected
