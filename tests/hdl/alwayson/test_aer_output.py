import numpy as np
import pytest

from goldspike.hdl.alwayson.aer_output import AerOutput
from goldspike.model.alwayson.aer_output import AerOutputModel, AerOutputParams

TICKS = 400


@pytest.mark.parametrize(("lines", "bits"), [(1, 2), (4, 3), (5, 9)])
def test_aer_output_equals_its_model(rtl, changes, lines, bits):
    params, rng = AerOutputParams(lines=lines, bits=bits), np.random.default_rng(6)
    values = rng.integers(-2, 2, (TICKS, lines))
    start = rng.random(TICKS) < 0.3
    start[-20:] = False
    model, words = AerOutputModel(params), []
    for k in range(TICKS):
        model.tick(values[k], start=bool(start[k]))
        words.append(model.word)
    assert sum(word[3] for word in words) > 20
    places = values[:, :, None] >> np.arange(bits) & 1
    potentials = places.reshape(TICKS, -1) @ (1 << np.arange(lines * bits))
    assert rtl(AerOutput, params, potentials=potentials, start=start) == changes(words)
