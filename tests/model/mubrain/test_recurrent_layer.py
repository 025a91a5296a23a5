import re

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.model.mubrain.arbiter import Policy
from goldspike.model.mubrain.multi_phase_oscillator import (
    MultiPhaseOscillatorModel,
    MultiPhaseOscillatorParams,
    Phase,
)
from goldspike.model.mubrain.neuron import NeuronModel
from goldspike.model.mubrain.recurrent_layer import RecurrentLayerModel, RecurrentLayerParams
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.timing.edge_detector import EdgeDetectorModel, EdgeDetectorParams


def layer(neurons, synapses, seed=1, **params):
    lateral = Connectivity(neurons=neurons, synapses=synapses, seed=seed)
    return RecurrentLayerParams(lateral=lateral, **params)


def draw(params, rng, low=-5, high=5):
    """Return random weights; inputs are strong."""
    n = params.neurons
    weights = rng.integers(low, high + 1, (2 * n, n))
    weights[:n] = 7
    return weights * params.weights.mask


def edges(rng, ticks, n, density):
    """Return random edges, at least two ticks apart on a line, sorted."""
    spikes = rng.random((ticks, n)) < density
    spikes[1:] &= ~spikes[:-1]
    spikes[0] = False
    return np.nonzero(spikes)


def tick_by_tick(params, weights, tick, line, scale):
    """Put the layer together from the golden models of its parts, and watch every tick.

    Return grants, merges and spikes as lists of (tick, line).
    """
    n = params.neurons
    detector = EdgeDetectorModel(EdgeDetectorParams(inputs=2 * n))
    oscillator = MultiPhaseOscillatorModel(params.oscillator)
    neurons = [NeuronModel(params.neuron) for _ in range(n)]
    asked = set(zip(tick.tolist(), line.tolist(), strict=True))
    fired = np.zeros(n, bool)
    register, granted, last = np.zeros(2 * n, bool), None, 2 * n - 1
    selected = 0
    grants, merges, spikes = [], [], []
    for now in range(1, int(tick[-1]) + 40 * params.oscillator.period * n):
        phase = oscillator.tick(now, bool(detector.pending.any()))
        taken = np.zeros(2 * n, bool)
        if phase is Phase.LOAD:
            register = detector.pending.copy()
        elif phase is Phase.SELECT:
            start = last + 1 if params.policy is Policy.ROUND_ROBIN else 0
            selected = next(
                k % (2 * n) for k in range(start, start + 2 * n) if register[k % (2 * n)]
            )
        elif phase is Phase.ACCESS:
            taken[selected], last = True, selected
            grants.append((now, selected))
        level = np.concatenate([[(now, k) in asked for k in range(n)], fired])
        waited = detector.pending & ~taken
        merges += [(now, k) for k in np.flatnonzero(waited & level & ~detector.level).tolist()]
        detector.tick(level, taken)
        fired = np.array(
            [
                granted is not None
                and neuron.tick(int(weights[granted[0], k]), strobe=True, scale=granted[1])
                for k, neuron in enumerate(neurons)
            ]
        )
        spikes += [(now, k) for k in np.flatnonzero(fired).tolist()]
        granted = (selected, bool(scale[min(now, scale.size - 1)])) if taken.any() else None
    assert not detector.pending.any()
    return grants, merges, spikes


FAST = MultiPhaseOscillatorParams(load=1, select=1, access=1, recover=1)


@pytest.mark.parametrize(
    "params",
    [
        layer(1, 1),
        layer(7, 15, policy=Policy.LINEAR),
        layer(16, 77),
        layer(5, 25, oscillator=FAST),
        layer(3, 0),
    ],
    ids=["1-self", "7-linear", "16", "5-full-fast", "3-none"],
)
@pytest.mark.parametrize("density", [0.2, 3.0], ids=["sparse", "saturated"])
def test_events_equal_the_parts_watched_tick_by_tick(params, density):
    rng = np.random.default_rng(4)
    n = params.neurons
    weights = draw(params, rng)
    tick, line = edges(rng, 3000, n, density / (n * params.oscillator.period))
    scale = np.repeat(rng.random(60) < 0.5, 50)
    run = RecurrentLayerModel(params, weights).run(tick, line, scale=scale)
    grants, merges, spikes = tick_by_tick(params, weights, tick, line, scale)
    assert grants == list(zip(run.arbiter.tick.tolist(), run.arbiter.line.tolist(), strict=True))
    seen = zip(run.arbiter.merge_tick.tolist(), run.arbiter.merge_line.tolist(), strict=True)
    assert merges == sorted(seen)
    assert spikes == list(zip(run.tick.tolist(), run.line.tolist(), strict=True))
    assert len(spikes) > 5


def chain():
    """Return a layer of two neurons, 0 to 1 and 1 to itself, all weights 7."""
    params = next(
        params
        for params in (layer(2, 2, seed) for seed in range(99))
        if params.lateral.mask.tolist() == [[False, True], [False, True]]
    )
    return RecurrentLayerModel(params, 7 * params.weights.mask)


def test_a_spike_comes_back_two_ticks_after_its_grant_and_is_served_as_any():
    run = chain().run(np.array([0, 20]), np.array([0, 0]), scale=True, traced=True)
    # inputs granted at 8 and 28: 56, then 112 = up after 29, edge of lateral input 2 at 30
    assert run.arbiter.tick.tolist() == [8, 28, 30 + 8]
    assert run.arbiter.line.tolist() == [0, 0, 2]
    assert (run.tick.tolist(), run.line.tolist()) == ([29], [0])
    assert run.history is not None
    assert run.history.tolist() == [[56, 0], [48, 0], [48, 56]]


def test_a_neuron_that_fires_on_its_own_grant_never_merges_with_the_spike_that_caused_it():
    own = layer(1, 1)
    model = RecurrentLayerModel(own, np.array([[7], [7]]))
    run = model.run(np.array([0, 20]), np.array([0, 0]), scale=True)
    # 56, 112 -> 48 and a spike; its grant adds 56: 104 -> 40 and a spike, 96 -> 32, ... until 8
    assert run.arbiter.line.tolist() == [0, 0] + [1] * 7
    assert run.line.size == 7 and run.potential.tolist() == [56 * 9 - 64 * 7]
    assert run.arbiter.merge_tick.size == 0
    # granted at 28, up after 29, edge at 30; the oscillator recovers at 30, so 8 ticks more
    assert np.diff(run.arbiter.tick[1:]).tolist() == [10] * 7


def test_edges_from_outside_and_from_a_neuron_on_one_tick_both_wait():
    run = chain().run(np.array([0, 20, 30]), np.array([0, 0, 1]), scale=True)
    assert run.arbiter.tick.tolist()[2:4] == [38, 48]
    assert run.arbiter.line.tolist()[2:4] == [1, 2]


def count(run, n):
    """Return granted plus merged spikes of every arbiter input."""
    return np.bincount(np.concatenate([run.arbiter.line, run.arbiter.merge_line]), minlength=2 * n)


@pytest.mark.parametrize("policy", Policy)
def test_of_a_million_edges_none_is_unaccounted(policy):
    n = 16
    params = layer(n, 77, policy=policy)
    rng = np.random.default_rng(7)
    tick = np.sort(rng.integers(1, 2_000_000, 1_000_000))
    line = rng.integers(0, n, tick.size)
    run = RecurrentLayerModel(params, draw(params, rng)).run(tick, line, scale=True, most=1 << 23)
    asked = np.concatenate([np.bincount(line, minlength=n), np.bincount(run.line, minlength=n)])
    assert (count(run, n) == asked).all()
    assert run.arbiter.merge_tick.size > 100_000 and run.line.size > 10_000


def test_a_layer_that_keeps_itself_awake_is_refused():
    params = layer(4, 16)
    weights = np.full((8, 4), 7) * params.weights.mask
    message = (
        "The recurrent layer of 4 neurons keeps itself awake: it was expected to come to rest "
        "within 1000 grants."
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        RecurrentLayerModel(params, weights).run(
            np.arange(10) * 20, np.zeros(10, int), scale=True, most=1000
        )


def test_a_layer_without_edges_rests():
    model = chain()
    run = model.run(np.zeros(0, int), np.zeros(0, int), traced=True)
    assert run.potential.tolist() == [0, 0] and model.records(run).size == 0


def test_weights_must_fit_the_mask():
    params = layer(2, 0)
    with pytest.raises(ValueError, match=r"^weights must have shape \(4, 2\), not \(2, 2\)$"):
        RecurrentLayerModel(params, np.zeros((2, 2), int))
    with pytest.raises(ValueError, match=r"^weights must be zero where there is no synapse$"):
        RecurrentLayerModel(params, np.ones((4, 2), int))


@pytest.mark.parametrize(
    ("tick", "line", "message"),
    [
        ([5, 4], [0, 0], "edges must be sorted by tick, from tick 0 on"),
        ([5], [2], "edges must be on inputs 0..1"),
    ],
)
def test_bad_edges_are_refused(tick, line, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        chain().run(np.array(tick), np.array(line))


def test_parameters_reach_every_part():
    params = layer(5, 9, policy="linear")
    assert params.policy is Policy.LINEAR
    assert (params.arbiter.inputs, params.inputs, params.neurons) == (10, 5, 5)
    assert RecurrentLayerParams().arbiter.inputs == 512
    assert RecurrentLayerParams().weights.synapses == 19_878
