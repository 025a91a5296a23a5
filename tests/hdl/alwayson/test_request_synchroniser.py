import numpy as np
import pytest

from goldspike.hdl.alwayson.request_synchroniser import RequestSynchroniser
from goldspike.hdl.verilog import to_verilog
from goldspike.model.alwayson.request_synchroniser import (
    RequestSynchroniserModel,
    RequestSynchroniserParams,
)

TICKS = 400


@pytest.mark.parametrize("lines", [1, 3])
def test_synchroniser_equals_its_model(rtl, changes, lines):
    params, rng = RequestSynchroniserParams(lines=lines), np.random.default_rng(7)
    request, ack = (rng.random((TICKS, lines)) < 0.5 for _ in range(2))
    chances = {"synapse_rises": 0.3, "neuron_rises": 0.5, "reset": 0.03, "clear": 0.03}
    strobes = {name: rng.random(TICKS) < chance for name, chance in chances.items()}
    model, words = RequestSynchroniserModel(params), []
    for k in range(TICKS):
        inputs = {name: bool(level[k]) for name, level in strobes.items()}
        word = model.tick(request[k], ack[k], **inputs)
        words.append(tuple(int(word[name][0]) for name in word.dtype.names or ()))
    bits = 1 << np.arange(lines)
    got = rtl(RequestSynchroniser, params, request=request @ bits, ack=ack @ bits, **strobes)
    assert [(tick, *(value for (value,) in rest)) for tick, *rest in got] == changes(words)


def test_poison_is_asked_for():
    params = RequestSynchroniserParams(lines=1)
    assert "noise" not in to_verilog(RequestSynchroniser(params, trace=True))
    assert "noise" in to_verilog(RequestSynchroniser(params, poison=True))
