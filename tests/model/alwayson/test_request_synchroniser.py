import numpy as np
import pytest

from goldspike.model.alwayson.request_synchroniser import (
    RequestSynchroniserModel,
    RequestSynchroniserParams,
)

UP, DOWN = np.array([True]), np.array([False])
ONE = RequestSynchroniserParams(lines=1)


def test_a_request_is_seen_after_two_edges_of_the_other_clock_alone():
    model = RequestSynchroniserModel(ONE)
    model.tick(UP, DOWN, neuron_rises=True)
    model.tick(UP, DOWN, synapse_rises=True)
    assert not model.state.request_seen[0]
    model.tick(DOWN, DOWN, neuron_rises=True)
    model.tick(DOWN, DOWN, synapse_rises=True)
    assert model.state.request_seen[0]
    model.tick(DOWN, DOWN, synapse_rises=True)
    assert not model.state.request_seen[0]


def test_an_ack_crosses_the_other_way():
    model = RequestSynchroniserModel(ONE)
    seen = [
        bool(model.tick(DOWN, UP, neuron_rises=t in (2, 5), synapse_rises=True)["ack_seen"][0])
        for t in range(8)
    ]
    assert seen == [False] * 5 + [True] * 3


def test_reset_clears_the_requests_and_leaves_the_acks():
    model = RequestSynchroniserModel(ONE)
    for _ in range(2):
        model.tick(UP, UP, neuron_rises=True, synapse_rises=True)
    word = model.tick(UP, UP, synapse_rises=True, reset=True)
    flags = [int(word[name][0]) for name in model.state._fields]
    assert flags == [0, 0, 1, 1]
    word = model.tick(UP, UP, synapse_rises=True, neuron_rises=True, clear=True)
    assert [int(word[name][0]) for name in model.state._fields] == [1, 0, 0, 0]


def test_lines_do_not_mix():
    params = RequestSynchroniserParams(lines=11)
    model, rng = RequestSynchroniserModel(params), np.random.default_rng(1)
    requests = rng.random((20, 11)) < 0.5
    for request in requests:
        model.tick(request, ~request, neuron_rises=True, synapse_rises=True)
    assert np.array_equal(model.state.request_seen, requests[-2])
    assert np.array_equal(model.state.ack_seen, ~requests[-2])


def test_params():
    with pytest.raises(ValueError, match=r"^lines must be in 1\.\.512, not 0$"):
        RequestSynchroniserParams(lines=0)
