import numpy as np
import pytest
from amaranth.sim import Simulator

from goldspike.hdl.alwayson.synapse_arbiter import Stage, SynapseArbiter
from goldspike.hdl.verilog import to_verilog
from goldspike.model.alwayson.synapse_arbiter import (
    Policy,
    Spkgen,
    SynapseArbiterModel,
    SynapseArbiterParams,
)

TICKS = 1500


@pytest.mark.parametrize("policy", list(Policy))
@pytest.mark.parametrize("inputs", [1, 4])
def test_arbiter_equals_its_model(rtl, policy, inputs):
    params = SynapseArbiterParams(inputs=inputs, policy=policy)
    rng = np.random.default_rng(3)
    request = np.repeat(rng.random((TICKS // 3, inputs)) < 0.4, 3, axis=0)
    chances = {"step": 0.7, "reset": 0.02, "retain": 0.05, "clear": 0.02}
    strobes = {name: rng.random(TICKS) < chance for name, chance in chances.items()}
    model, expected = SynapseArbiterModel(params), []
    for k in range(TICKS):
        inputs_now = {name: bool(level[k]) for name, level in strobes.items()}
        model.tick(request[k], **inputs_now)
        if inputs_now["step"] or inputs_now["reset"] or inputs_now["clear"]:
            word = model.word
            rest = tuple(int(word[name]) for name in (word.dtype.names or ())[1:])
            expected.append((k + 1, [int(word["ack"][0])], *rest))
    assert any(sleep for *_, sleep in expected)
    got = rtl(SynapseArbiter, params, request=request @ (1 << np.arange(inputs)), **strobes)
    assert got == expected


@pytest.mark.parametrize(("ack", "stage"), [(0b011, 0), (0b111, 2), (0b010, 3), (0, 1), (0, 2)])
def test_an_upset_ends_with_the_next_step(ack, stage):
    dut = SynapseArbiter(SynapseArbiterParams(inputs=3), poison=True)

    async def testbench(ctx):
        # ack and spkgen take the noise: line k and bit k, bits 3 and 4
        ctx.set(dut.noise, ack | stage << 3)
        ctx.set(dut.off, 1)
        await ctx.tick()
        ctx.set(dut.off, 0)
        assert (ctx.get(dut.ack), ctx.get(dut.spkgen)) == (ack, stage)
        assert not ctx.get(dut.read) and not ctx.get(dut.launch)
        ctx.set(dut.request, 0b111)
        ctx.set(dut.step, 1)
        assert not (ctx.get(dut.grant) or ctx.get(dut.capture) or ctx.get(dut.sleep))
        await ctx.tick()
        assert (ctx.get(dut.ack), ctx.get(dut.spkgen)) == (0, 0)

    simulator = Simulator(dut)
    simulator.add_clock(1e-8)
    simulator.add_testbench(testbench)
    simulator.run()


def test_states_of_both_sides_are_the_same():
    assert {one.name: one.value for one in Stage} == {one.name: one.value for one in Spkgen}


def test_fixed_priority_keeps_no_place_to_look_from():
    plain = {
        policy: to_verilog(SynapseArbiter(SynapseArbiterParams(policy=policy))) for policy in Policy
    }
    assert "following" not in plain[Policy.FIXED] and "noise" not in plain[Policy.FIXED]
    assert "following" in plain[Policy.ROUND_ROBIN]
