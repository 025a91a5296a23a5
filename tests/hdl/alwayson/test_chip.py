import numpy as np
import pytest
from amaranth.sim import Simulator

from goldspike.hdl.alwayson.chip import Chip
from goldspike.hdl.verilog import to_verilog
from goldspike.model.alwayson.chip import ChipParams
from goldspike.model.alwayson.shared.chip_loading import loading

PARAMS = ChipParams(layers=(3, 3, 2), thresholds=(1, 1))
WEIGHTS = tuple(
    map(np.array, ([[1, -1, -1], [-1, 1, 1], [-1, -1, -1]], [[1, -1], [-1, -1], [-1, 1]]))
)


async def until_rest(ctx, dut):
    """Give ticks until the chip is not busy."""
    while ctx.get(dut.busy):
        await ctx.tick()


async def load(ctx, dut):
    """Bring the weights in."""
    for level in zip(*loading(PARAMS, WEIGHTS), strict=True):
        for pin, value in zip(
            (dut.scan, dut.scan_block, dut.scan_in, dut.load), level, strict=True
        ):
            ctx.set(pin, int(value))
        await ctx.tick()
    for pin in (dut.scan, dut.load):
        ctx.set(pin, 0)


async def spike(ctx, dut, address, negative):
    """Send one spike, and wait until all that follows from it is over."""
    ctx.set(dut.address, address)
    ctx.set(dut.negative, negative)
    for level in (1, 0):
        ctx.set(dut.strobe, level)
        await ctx.tick()
    await until_rest(ctx, dut)


async def read_out(ctx, dut):
    """Return the potentials, and who wins; then begin a new frame."""
    values = []
    ctx.set(dut.start, 1)
    await ctx.tick()
    ctx.set(dut.start, 0)
    while not ctx.get(dut.done):
        if ctx.get(dut.valid):
            assert ctx.get(dut.out_address) == len(values)
            value = ctx.get(dut.value)
            values.append(value - (value >> PARAMS.output_bits - 1 << PARAMS.output_bits))
        await ctx.tick()
    winner = ctx.get(dut.winner)
    await until_rest(ctx, dut)
    ctx.set(dut.clear, 1)
    await ctx.tick()
    ctx.set(dut.clear, 0)
    return values, winner


@pytest.mark.parametrize(
    ("events", "frozen", "potentials"),
    [
        ([(0, 0)], False, [1, -1]),  # the first hidden neuron fires
        ([(1, 1)], False, [-2, 0]),  # the others do; an input neuron fires at either sign
        ([(0, 0), (1, 0)], False, [1, -1]),  # those are at -1 by then, and at 0 after it
        ([(1, 0), (0, 1)], False, [-2, 0]),  # and so is the first one
        ([(2, 0), (0, 0), (0, 0)], False, [1, -1]),
        ([(1, 0)], True, [0, 0]),
        ([(3, 0)], False, [0, 0]),
    ],
)
def test_spikes_go_from_layer_to_layer_by_the_weights(events, frozen, potentials):
    dut, seen = Chip(PARAMS), []

    async def testbench(ctx):
        await load(ctx, dut)
        await until_rest(ctx, dut)
        for _ in range(2):
            ctx.set(dut.freeze, frozen)
            for address, negative in events:
                await spike(ctx, dut, address, negative)
            ctx.set(dut.freeze, 0)
            seen.append(await read_out(ctx, dut))

    simulator = Simulator(dut)
    simulator.add_clock(1e-8)
    simulator.add_testbench(testbench)
    simulator.run()
    assert seen == [(potentials, int(potentials[1] > potentials[0]))] * 2


def test_there_is_no_noise_without_trace():
    assert "noise" not in to_verilog(Chip(PARAMS))
