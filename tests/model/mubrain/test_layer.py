import re

import numpy as np
import pytest

from goldspike.model.mubrain.layer import LayerModel, LayerParams
from goldspike.model.mubrain.neuron import NeuronModel, NeuronParams

WEIGHTS = np.array([[7, 1, -7], [4, -3, 7]])


def layer(weights=WEIGHTS, **params):
    inputs, neurons = weights.shape
    return LayerModel(LayerParams(inputs=inputs, neurons=neurons, **params), weights)


def test_a_grant_adds_the_word_of_its_source_to_every_neuron():
    run = layer().run(np.array([0, 0]), np.array([0, 1]), traced=True)
    assert run.history is not None
    assert run.history.tolist() == [[7, 1, 0], [11, 0, 7]]  # the second sum is clamped
    assert run.potential.tolist() == [11, 0, 7]


def test_a_neuron_fires_one_tick_after_the_grant():
    edges = np.arange(10) * 20  # 7, 14, ... 63, and 70 = 64 + 6
    run = layer().run(edges, np.zeros(10, int))
    assert run.arbiter.tick[-1] == 180 + 8
    assert (run.tick.tolist(), run.line.tolist()) == ([189], [0])
    assert run.potential.tolist() == [6, 10, 0]


def test_scale_counts_as_it_is_on_the_tick_of_the_grant():
    edges = np.array([0, 20])  # granted at 8 and 28, integrated at 9 and 29
    scale = np.zeros(40, bool)
    scale[8] = scale[29] = True
    run = layer().run(edges, np.zeros(2, int), scale=scale, traced=True)
    assert run.history is not None
    assert run.history.tolist() == [[7 * 8, 8, 0], [7 * 8 + 7, 8 + 1, 0]]


def test_neurons_that_fire_on_one_grant_are_in_order():
    run = layer(np.array([[7, 0, 7]])).run(np.array([0, 20]), np.zeros(2, int), scale=True)
    assert (run.tick.tolist(), run.line.tolist()) == ([29, 29], [0, 2])
    assert run.potential.tolist() == [112 - 64, 0, 112 - 64]


def test_a_layer_equals_single_neurons():
    rng = np.random.default_rng(0)
    weights = rng.integers(-7, 8, (5, 4))
    tick = np.sort(rng.choice(20_000, 800, replace=False))
    line = rng.integers(0, 5, 800)
    run = layer(weights).run(tick, line, scale=True)
    for k in range(4):
        neuron = NeuronModel(NeuronParams())
        spikes = [
            int(at) + 1
            for at, source in zip(run.arbiter.tick, run.arbiter.line, strict=True)
            if neuron.tick(int(weights[source, k]), strobe=True, scale=True)
        ]
        assert spikes == run.tick[run.line == k].tolist()
        assert neuron.potential[0] == run.potential[k]


def test_records_show_integrations_and_merges():
    model = layer()
    records = model.records(model.run(np.array([0, 5]), np.array([1, 1]), traced=True))
    rows = [
        tuple(np.asarray(record[name]).tolist() for name in records.dtype.names or ())
        for record in records
    ]
    assert rows == [  # tick, integrated, source, potential, fired, merged
        (5, 0, 0, [0, 0, 0], [0], [0b10]),
        (9, 1, 1, [4, 0, 7], [0], [0]),
    ]


def test_a_layer_without_edges_rests():
    run = layer().run(np.zeros(0, int), np.zeros(0, int), traced=True)
    assert run.potential.tolist() == [0, 0, 0]
    assert layer().records(run).size == 0


def test_weights_of_another_shape_are_refused():
    message = "weights must have shape (2, 2), not (2, 3)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        LayerModel(LayerParams(inputs=2, neurons=2), WEIGHTS)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"inputs": 0}, ValueError, "inputs must be in 1..1024, not 0"),
        ({"neurons": 513}, ValueError, "neurons must be in 1..512, not 513"),
        ({"neurons": "5"}, TypeError, "neurons must be an integer in 1..512, not '5'"),
        ({"policy": "x"}, ValueError, "policy must be round_robin or linear, not 'x'"),
        ({"storage": "x"}, ValueError, "storage must be registers or memory, not 'x'"),
    ],
)
def test_bad_parameters_are_refused(change, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        LayerParams(**change)
