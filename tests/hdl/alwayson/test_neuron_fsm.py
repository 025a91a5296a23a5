import numpy as np
import pytest

from goldspike.hdl.alwayson.neuron_fsm import NeuronFsm
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmModel, NeuronFsmParams

TICKS = 1500


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("bits", [2, 5])
def test_fsm_equals_its_model(rtl, kind, bits):
    params, rng = NeuronFsmParams(kind=kind, bits=bits), np.random.default_rng(2)
    rare = {name: rng.random(TICKS) < 0.01 for name in ("reset", "clear")}
    levels = {
        "step": rng.random(TICKS) < 0.7,
        "pending": rng.choice([0, 1, 1, 1, 2, 3], TICKS),
        "ack": rng.random(TICKS) < 0.4,
        "threshold": np.full(TICKS, params.highest),
        **rare,
    }
    model, expected = NeuronFsmModel(params), []
    for tick, (step, pending, ack, threshold, reset, clear) in enumerate(
        zip(*levels.values(), strict=True), start=1
    ):
        resets = 0
        if step:
            plus, minus = bool(pending & 1), bool(pending & 2)
            resets = model.pulse(plus=plus, minus=minus, ack=bool(ack), threshold=int(threshold))
        if reset:
            model.reset()
        if clear:
            model.clear()
        if step or reset or clear:
            potential = model.potential % (1 << bits)
            state = (int(model.state), potential, resets & 3, resets >> 2, int(model.request))
            expected.append((tick, *state))
    assert any(sleep for *_, sleep, _ in expected)
    assert any(request for *_, request in expected) == (kind is not Kind.OUTPUT)
    assert rtl(NeuronFsm, params, **levels) == expected
