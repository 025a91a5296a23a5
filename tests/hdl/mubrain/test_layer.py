import numpy as np
import pytest

from goldspike.hdl.mubrain.layer import Layer
from goldspike.model.mubrain.layer import LayerModel, LayerParams
from goldspike.model.mubrain.weight_memory import Storage, loading_order


@pytest.mark.parametrize("storage", Storage)
def test_layer_equals_its_model(rtl, plain_records, storage):
    params = LayerParams(inputs=4, neurons=2, storage=storage)
    rng = np.random.default_rng(8)
    weights = rng.integers(-3, 8, (4, 2))
    ticks, total = 600, weights.size
    spikes = rng.random((ticks, 4)) < 0.02
    spikes[: total + 1] = spikes[-1] = False
    spikes[1:] &= ~spikes[:-1]
    load = np.arange(ticks) < total
    weight = np.zeros(ticks, int)
    weight[load] = loading_order(weights) & 15
    scale = np.arange(ticks) // 150 % 2 == 1

    tick, line = np.nonzero(spikes & ~np.vstack([np.zeros((1, 4), bool), spikes[:-1]]))
    sampled = np.concatenate([[False], scale, np.zeros(100, bool)])  # low beyond the stimulus
    model = LayerModel(params, weights)
    run = model.run(tick + 1, line, scale=sampled, traced=True)
    assert run.tick.size > 3
    assert run.arbiter.merge_tick.size > 0
    got = rtl(Layer, params, spikes=spikes @ [1, 2, 4, 8], load=load, weight=weight, scale=scale)
    assert got == plain_records(model.records(run))
