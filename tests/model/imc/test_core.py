import numpy as np
import pytest

from goldspike.model.imc.core import CoreIn, CoreModel, CoreParams
from goldspike.model.imc.shared.layer import LayerParams


def params(**change):
    layer = LayerParams(height=4, width=4, channels=2, outputs=3)
    return CoreParams(**{"layer": layer, "shift": 0, **change})


def test_an_identity_kernel_gives_the_input_back():
    weights = np.zeros((3, 3, 2, 3), np.int8)
    weights[1, 1] = [[1, 0, 0], [0, 1, 1]]
    one, none = np.ones(3, np.int64), np.zeros(3, np.int64)
    core = CoreModel(params(relu=False), weights.reshape(18, 3), one, none)
    image = np.arange(32, dtype=np.int8).reshape(16, 2) - 16
    waiting, left = list(image), []
    for _ in range(40):
        for tick in range(core.params.busiest):
            word = None
            if waiting:
                word = np.zeros(16, np.uint8)
                word[:2] = waiting[0].view(np.uint8)
            out = core.tick(CoreIn(step=tick == 0, word=word, out_ready=True))
            if out.taken:
                waiting.pop(0)
            left += [] if out.word is None else [out.word[:3].view(np.int8).tolist()]
    assert left == [[a, b, b] for a, b in image.tolist()]


def test_the_busiest_timestep_is_counted_out():
    core = params(rows_per_tick=9)
    assert core.busiest == 1 + 4 + (1 + 9 + 1 + (2 + 2) + (3 + 3))


def test_a_layer_that_does_not_fit_is_refused():
    layer = LayerParams(height=200, width=4, channels=2, outputs=3)
    with pytest.raises(ValueError, match="200 x 3 pixels of 1 words must fit in 512 words"):
        params(layer=layer)
