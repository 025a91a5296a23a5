from amaranth.sim import Simulator

from goldspike.hdl.alwayson.core import Core
from goldspike.hdl.verilog import to_verilog
from goldspike.model.alwayson.core import CoreParams
from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.alwayson.neuron_block import NeuronBlockParams
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmParams
from goldspike.model.alwayson.synapse_block import SynapseBlockParams

ROWS = (0b0001, 0b0110, 0b1011)
PARAMS = CoreParams(
    neurons=NeuronBlockParams(neurons=3, neuron=NeuronParams(fsm=NeuronFsmParams(kind=Kind.INPUT))),
    synapses=SynapseBlockParams(rows=3, columns=4),
)


def test_neurons_that_spike_together_launch_their_rows_once_lowest_first():
    dut, seen = Core(PARAMS), []

    async def until_rest(ctx):
        while ctx.get(dut.busy):
            await ctx.tick()
            word = ctx.get(dut.plus_out), ctx.get(dut.minus_out)
            if word != (seen or [(0, 0)])[-1]:
                seen.append(word)

    async def testbench(ctx):
        for row, word in enumerate(ROWS):
            for bit in PARAMS.synapses.scan_chain.scanned({"row": row, "word": word, "length": 4}):
                ctx.set(dut.scan_synapses, 1)
                ctx.set(dut.scan_in, bit)
                await ctx.tick()
            ctx.set(dut.scan_synapses, 0)
            ctx.set(dut.load, 1)
            await ctx.tick()
            ctx.set(dut.load, 0)
        ctx.set(dut.plus, 0b101)
        await until_rest(ctx)
        ctx.set(dut.plus, 0)
        ctx.set(dut.minus, 0b010)
        await until_rest(ctx)

    simulator = Simulator(dut)
    simulator.add_clock(1e-8)
    simulator.add_testbench(testbench)
    simulator.run()
    rows = [(ROWS[k], ~ROWS[k] & 0b1111) for k in (0, 2, 1)]
    assert [word for word in seen if word != (0, 0)] == rows


def test_there_is_no_noise_without_trace():
    assert "noise" not in to_verilog(Core(PARAMS))
