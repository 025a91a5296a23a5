import numpy as np

from goldspike.hdl.mubrain.recurrent_layer import RecurrentLayer
from goldspike.model.mubrain.recurrent_layer import RecurrentLayerModel, RecurrentLayerParams
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.mubrain.sparse_memory import loading_order


def test_recurrent_layer_equals_its_model(rtl, plain_records):
    params = RecurrentLayerParams(lateral=Connectivity(neurons=3, synapses=5))
    rng = np.random.default_rng(5)
    mask = params.weights.mask
    weights = rng.integers(-3, 8, (6, 3)) * mask
    weights[:3] = 7 * np.eye(3)
    ticks, total = 600, params.weights.synapses
    spikes = rng.random((ticks, 3)) < 0.02
    spikes[: total + 1] = spikes[-60:] = False
    spikes[1:] &= ~spikes[:-1]
    load = np.arange(ticks) < total
    weight = np.zeros(ticks, int)
    weight[load] = loading_order(weights, mask) & 15
    scale = np.arange(ticks) // 150 % 2 == 1

    tick, line = np.nonzero(spikes)
    sampled = np.concatenate([[False], scale, [False]])  # low beyond the stimulus
    model = RecurrentLayerModel(params, weights)
    run = model.run(tick + 1, line, scale=sampled, traced=True)
    assert run.tick.size > 5 and (run.arbiter.line >= 3).sum() > 5
    levels = {"spikes": spikes @ [1, 2, 4], "load": load, "weight": weight, "scale": scale}
    assert rtl(RecurrentLayer, params, **levels) == plain_records(model.records(run))
