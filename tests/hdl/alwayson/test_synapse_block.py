import numpy as np
import pytest
from amaranth.sim import Simulator

from goldspike.hdl.alwayson.synapse_block import SynapseBlock
from goldspike.hdl.verilog import to_verilog
from goldspike.model.alwayson.synapse_arbiter import Policy
from goldspike.model.alwayson.synapse_block import (
    SynapseBlockModel,
    SynapseBlockParams,
    SynapseSettings,
)
from goldspike.model.timing.power_gate import PowerGateParams

TICKS = 900
PARAMS = SynapseBlockParams(
    rows=3, columns=2, policy=Policy.ROUND_ROBIN, length_bits=3, divide_bits=2,
    power=PowerGateParams(wake=2, reset=1, isolate=1, settle=2),
)  # fmt: skip


def scanned(**values):
    """Return scan, scan_in and load of a row, which takes a while."""
    bits = PARAMS.scan_chain.scanned(values)
    levels = np.zeros((3, len(bits) + 5), bool)
    levels[0, 2 : 2 + len(bits)], levels[1, 2 : 2 + len(bits)] = True, bits
    levels[2, 2 + len(bits)] = True
    return levels


@pytest.mark.parametrize("settings", [SynapseSettings(length=4), SynapseSettings(length=3, idle=1)])
def test_block_equals_its_model_behind_its_scan_chain(rtl, plain_records, settings):
    parts = [scanned(**vars(settings), row=row, word=word) for row, word in enumerate((1, 2, 3))]
    begin = sum(part.shape[1] for part in parts)
    scan, scan_in, load = np.concatenate([*parts, np.zeros((3, TICKS), bool)], axis=1)
    model = SynapseBlockModel(PARAMS)
    quiet = np.zeros((begin, 3), bool)
    model.run(quiet, quiet[:, 0], scan[:begin], scan_in[:begin], load[:begin])
    rng = np.random.default_rng(4)
    clock = np.arange(TICKS) % 4 >= 2
    asks = np.cumsum(rng.integers(0, 90, 12))
    request, made = model.asked(asks, rng.integers(0, 3, 12), clock)
    assert len(made) == 12
    request, clock = np.concatenate([quiet, request]), np.append(quiet[:, 0], clock)
    run = SynapseBlockModel(PARAMS).run(request, clock, scan, scan_in, load)
    assert run.counts["served"] == 12 and run.counts["power_ups"] > 2
    pins = {"neuron_clock": clock, "scan": scan, "scan_in": scan_in, "load": load}
    got = rtl(SynapseBlock, PARAMS, request=request @ [1, 2, 4], **pins)
    assert got[: len(run.records)] == plain_records(run.records)


def test_a_row_is_launched_on_the_lines_of_the_columns_in_use():
    params = SynapseBlockParams(rows=2, columns=4)
    dut, seen = SynapseBlock(params), set()
    bits = params.scan_chain.scanned({"idle": 1, "row": 1, "word": 0b1010})

    async def testbench(ctx):
        for bit in bits:
            ctx.set(dut.scan, 1)
            ctx.set(dut.scan_in, bit)
            await ctx.tick()
        ctx.set(dut.scan, 0)
        ctx.set(dut.load, 1)
        await ctx.tick()
        ctx.set(dut.load, 0)
        ctx.set(dut.request, 0b10)
        for _ in range(60):
            await ctx.tick()
            seen.add((ctx.get(dut.plus), ctx.get(dut.minus)))
        assert ctx.get(dut.busy)
        ctx.set(dut.request, 0)
        for _ in range(40):
            await ctx.tick()
        assert (ctx.get(dut.plus), ctx.get(dut.minus), ctx.get(dut.busy)) == (0, 0, 0)

    simulator = Simulator(dut)
    simulator.add_clock(1e-8)
    simulator.add_testbench(testbench)
    simulator.run()
    assert seen == {(0, 0), (0b010, 0b101)}


def test_there_is_no_noise_without_trace():
    assert "noise" not in to_verilog(SynapseBlock(PARAMS))
