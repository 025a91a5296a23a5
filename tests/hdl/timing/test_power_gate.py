import numpy as np
import pytest
from amaranth.sim import Simulator

from goldspike.hdl.timing.power_gate import PowerGate
from goldspike.model.timing.power_gate import OFF, PowerGateModel, PowerGateParams, PowerOutputs


def rtl_changes(params, request):
    """Return (tick, outputs) after every change of the outputs, until nothing is busy."""
    dut, changes = PowerGate(params), []

    def outputs(ctx):
        return tuple(ctx.get(getattr(dut, name)) for name in PowerOutputs._fields)

    async def bench(ctx):
        tick, before = 0, outputs(ctx)
        assert before == OFF
        while tick < len(request) or ctx.get(dut.busy):
            ctx.set(dut.request, request[min(tick, len(request) - 1)])
            await ctx.tick()
            tick += 1
            if outputs(ctx) != before:
                before = outputs(ctx)
                changes.append((tick, *before))

    simulator = Simulator(dut)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    return changes


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("delays", [(1, 0, 0, 1), (1, 1, 0, 2), (4, 2, 3, 5)])
def test_it_does_what_the_model_does(delays, last):
    params = PowerGateParams(
        **dict(zip(("wake", "reset", "isolate", "settle"), delays, strict=True))
    )
    request = np.logical_xor.accumulate(np.random.default_rng(1).random(500) < 0.15)
    request[-1] = last
    records = PowerGateModel(params).run(request)
    columns = ["tick", *PowerOutputs._fields]
    assert rtl_changes(params, request.tolist()) == records[columns].tolist()
