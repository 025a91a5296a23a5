import numpy as np
import pytest
from amaranth.sim import Simulator

from goldspike.hdl.timing.edge_detector import EdgeDetector
from goldspike.model.timing.edge_detector import EdgeDetectorModel, EdgeDetectorParams


def rtl_run(params, level, taken):
    """Return what is pending after each tick, and the edges that merged on it."""
    dut, seen = EdgeDetector(params), []

    async def bench(ctx):
        for sampled, takes in zip(level, taken, strict=True):
            ctx.set(dut.level, sampled)
            ctx.set(dut.taken, takes)
            merging = ctx.get(dut.merging)
            await ctx.tick()
            seen.append((ctx.get(dut.pending), ctx.get(dut.merged)))
            assert merging == (seen[-1][1] != 0)

    simulator = Simulator(dut)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    return seen


@pytest.mark.parametrize("inputs", [1, 5])
def test_it_does_what_the_model_does(inputs):
    params = EdgeDetectorParams(inputs=inputs)
    rng = np.random.default_rng(1)
    level, taken = (rng.integers(0, 1 << inputs, 300).tolist() for _ in range(2))
    model, expected = EdgeDetectorModel(params), []
    for sampled, takes in zip(level, taken, strict=True):
        lines = [
            np.array([bits >> k & 1 for k in range(inputs)], bool) for bits in (sampled, takes)
        ]
        word = model.tick(*lines)
        merged = 0 if word is None else int(word["merged"][0])
        expected.append((int(np.packbits(model.pending, bitorder="little")[0]), merged))
    assert rtl_run(params, level, taken) == expected
