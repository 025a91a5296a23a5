import re

import numpy as np
import pytest

from goldspike.model.mubrain.arbiter import Policy
from goldspike.model.mubrain.chip import (
    MUBRAIN_40NM,
    MUBRAIN_MNIST,
    ChipModel,
    ChipParams,
    layer_names,
    loading_order,
)
from goldspike.model.mubrain.neuron import NeuronParams
from goldspike.model.mubrain.readout import Answer
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.mubrain.shared.spikes import Room, Spikes
from goldspike.model.mubrain.weight_memory import Storage
from goldspike.workloads.mubrain.reservoir import reservoir


def test_the_published_network_has_the_papers_synapses():
    synapses = sum(layer.inputs * layer.neurons for layer in MUBRAIN_MNIST.layers)
    assert synapses == 17_024
    assert layer_names(MUBRAIN_MNIST) == ("layer1", "layer2")


def test_the_chip_in_40_nm_has_the_papers_weights_and_arbiters():
    layers = MUBRAIN_40NM.layers
    assert [layer.weights.synapses for layer in layers] == [19_878, 257 * 64, 65 * 16]
    assert MUBRAIN_40NM.synapses == 19_878 + 17_488 == 37_366
    assert MUBRAIN_40NM.weight_bits == 149_464
    assert [layer.arbiter.inputs for layer in layers] == [512, 257, 65]
    assert [layer.neurons for layer in layers] == [256, 64, 16]


def test_every_weight_of_the_chip_in_40_nm_is_loaded_once():
    weights = reservoir(np.random.default_rng(1), MUBRAIN_40NM)
    streams = [loading_order(*pair) for pair in zip(MUBRAIN_40NM.layers, weights, strict=True)]
    assert sum(stream.size for stream in streams) == 37_366
    assert streams[0][-1] == weights[0][0, 0]  # the first input's, shifted in last
    assert streams[1][0] == weights[1][-1, -1]  # the bias's to the last neuron, shifted in first


def test_a_recurrent_chip_feeds_its_first_layer_back_and_on():
    params = ChipParams(
        sizes=(1, 1, 1), scale=(True,), lateral=(Connectivity(neurons=1, synapses=1), None)
    )
    chip = ChipModel(params, [np.array([[7], [-1]]), np.array([[7]])])
    run = chip.run(1 + 100 * np.arange(2), np.zeros(2, int))
    # granted at 10 and 110; fires at 111: an edge of both arbiters at 112, granted at 120
    assert run.layers[0].arbiter.line.tolist() == [0, 0, 1]
    assert run.layers[0].arbiter.tick.tolist() == [10, 110, 120]
    assert run.layers[1].arbiter.tick.tolist() == [120]
    assert run.layers[0].potential.tolist() == [112 - 64 - 8]


def test_a_bias_is_the_last_source_of_its_layer():
    params = ChipParams(sizes=(2, 1), bias=(True,))
    chip = ChipModel(params, [np.array([[7], [0], [-2]])])
    run = chip.run(np.array([1, 101]), np.array([0, 0]), (np.array([50, 60]),))
    assert run.layers[0].arbiter.line.tolist() == [0, 2, 2, 0]
    assert run.layers[0].potential.tolist() == [7 - 2 - 2 + 7]
    assert (run.edges, run.bias) == (2, 2)


def test_a_strobe_of_a_bias_that_is_not_there_is_refused():
    chip = ChipModel(ChipParams(sizes=(2, 1)), [np.ones((2, 1), int)])
    with pytest.raises(ValueError, match=r"^layer 1 has no bias input$"):
        chip.run(np.zeros(0, int), np.zeros(0, int), (np.array([5]),))


def relay(count):
    """Return a chip 2-1-2 and its run on `count` events of input 0, 100 ticks apart."""
    weights = [np.array([[7], [0]]), np.array([[7, 0]])]
    chip = ChipModel(ChipParams(sizes=(2, 1, 2), scale=(True,)), weights)
    return chip, chip.run(1 + 100 * np.arange(count), np.zeros(count, int))


def test_a_spike_takes_its_time_through_two_layers():
    _, run = relay(4)  # 56, 112: fires and keeps 48, 104: fires and keeps 40, 96: fires
    # strobe at 101, edge at 102, grant at 110, integration and spike at 111, edge at 112
    assert run.layers[0].arbiter.tick.tolist() == [10, 110, 210, 310]
    assert run.layers[0].tick.tolist() == [111, 211, 311]
    # grant at 120, integration at 121; the first spike of layer 2 follows its second input
    assert run.layers[1].arbiter.tick.tolist() == [120, 220, 320]
    assert run.layers[1].tick.tolist() == [221, 321]
    # edge at 222, strobe at 230
    assert (run.output.tick.tolist(), run.output.line.tolist()) == ([230, 330], [0, 0])
    assert run.answer == Answer(0, 0, 0, interval=100, first_time=230, spikes=2, decided=330)
    assert run.ticks == 330 + 4  # the strobe's hold outlasts the arbiter's recover


def test_invalid_events_are_counted_and_change_nothing():
    weights = [np.ones((3, 1), int)]
    run = ChipModel(ChipParams(sizes=(3, 1)), weights).run(np.array([1, 5]), np.array([3, 2]))
    assert (run.edges, run.invalid) == (1, 1)
    assert run.layers[0].arbiter.line.tolist() == [2]


def test_a_silent_sample_ends_at_once():
    chip = ChipModel(ChipParams(sizes=(2, 1)), [np.ones((2, 1), int)])
    run = chip.run(np.zeros(0, int), np.zeros(0, int), traced=True)
    assert run.ticks == 0
    assert run.answer == Answer()
    assert all(records.size == 0 for records in chip.records(run).values())


def test_one_scale_serves_all_layers_or_each_has_its_own():
    assert ChipParams(sizes=(4, 3, 2), scale=(True,)).scales == (True, True)
    assert ChipParams(sizes=(4, 3, 2), scale=(True, False)).scales == (True, False)


def test_parameters_reach_every_part():
    params = ChipParams(sizes=(4, 3, 2), policy="linear", storage="memory", hold=2)  # type: ignore[arg-type]
    assert params.policy is Policy.LINEAR
    assert params.storage is Storage.MEMORY
    assert params.aer_input.lines == 4
    assert [(layer.inputs, layer.neurons) for layer in params.layers] == [(4, 3), (3, 2)]
    assert {layer.policy for layer in params.layers} == {Policy.LINEAR}
    assert (params.aer_output.lines, params.aer_output.hold) == (2, 2)
    assert params.readout.classes == 2


def test_a_wrong_number_of_matrices_is_refused():
    with pytest.raises(ValueError, match=r"^2 weight matrices expected, not 1$"):
        ChipModel(MUBRAIN_MNIST, [np.zeros((256, 64))])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"sizes": (9,)},
            ValueError,
            "sizes must name the inputs and at least one layer, not (9,)",
        ),
        ({"sizes": (9, 0)}, ValueError, "size must be in 1..512, not 0"),
        ({"sizes": (9, 2.0)}, TypeError, "size must be an integer in 1..512, not 2.0"),
        ({"scale": ()}, ValueError, "scale must have 1 or 2 entries"),
        ({"scale": (True,) * 3}, ValueError, "scale must have 1 or 2 entries"),
        ({"policy": "x"}, ValueError, "policy must be round_robin or linear, not 'x'"),
        ({"storage": "x"}, ValueError, "storage must be registers or memory, not 'x'"),
        ({"hold": 10}, ValueError, "hold must be in 1..9, not 10"),
        ({"bias": (True,)}, ValueError, "bias must have 0 or 2 entries"),
        (
            {"lateral": (Connectivity(neurons=64, synapses=9), None)},
            ValueError,
            "recurrent layer 1 must have 64 inputs and neurons, not 256 and 64",
        ),
        (
            {"sizes": (4, 4), "lateral": (Connectivity(neurons=4, synapses=9),), "bias": (True,)},
            ValueError,
            "recurrent layer 1 must not have a bias input",
        ),
    ],
)
def test_bad_parameters_are_refused(change, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        ChipParams(**change)


CHIPS = [
    ChipParams(sizes=(9, 7, 3), scale=(True,)),
    ChipParams(sizes=(5, 33, 2, 4), policy="linear", scale=(True, False, True)),  # type: ignore[arg-type]
    ChipParams(
        sizes=(6, 6, 3),
        lateral=(Connectivity(neurons=6, synapses=9), None),
        bias=(False, True),
        neuron=NeuronParams(potential_bits=9),
        scale=(True,),
    ),
]


def random_events(rng, params, samples):
    """Return samples of events, some of them on no line, the second of them silent."""
    for k in range(samples):
        count = 0 if k == 1 else int(rng.integers(1, 400))
        tick = np.cumsum(rng.integers(2, 12, count))
        yield tick, rng.integers(0, params.sizes[0] + 1, count)


@pytest.mark.parametrize("params", CHIPS, ids=lambda params: "-".join(map(str, params.sizes)))
def test_a_batch_does_what_its_samples_do_alone(params):
    rng = np.random.default_rng(1)
    low = 0 if not params.lateral else -3
    weights = [
        rng.integers(low, 4, (layer.arbiter.inputs, layer.neurons)) for layer in params.layers
    ]
    if params.lateral:
        weights[0][~params.layers[0].weights.mask] = 0
        weights[0][6:] = np.minimum(weights[0][6:], 0)  # it comes to rest
    chip, samples, room = ChipModel(params, weights), 12, Room()
    bias = tuple(np.arange(40 * on, 1200 * on, 40) for on in params.bias)
    for _ in range(2):  # the second time, in rooms that are not empty
        events = list(random_events(rng, params, samples))
        alone = [chip.run(*event, bias) for event in events]
        ticks, lines = (np.concatenate(part) for part in zip(*events, strict=True))
        bounds = np.cumsum([0, *(len(tick) for tick, _ in events)])
        batch = chip.run_batch(Spikes(ticks, lines.astype(np.uint16), bounds), room, bias)
        assert batch.edges.tolist() == [run.edges for run in alone]
        assert batch.invalid.tolist() == [run.invalid for run in alone]
        assert sum(batch.invalid) > 0
        assert {batch.bias} == {run.bias for run in alone}
        assert batch.ticks.tolist() == [run.ticks for run in alone]
        for counts, of in (
            (batch.grants, lambda layer: layer.arbiter.tick.size),
            (batch.merged, lambda layer: layer.arbiter.merge_tick.size),
            (batch.spikes, lambda layer: layer.tick.size),
        ):
            assert counts.tolist() == [[of(layer) for layer in run.layers] for run in alone]
            assert counts.sum() > 0
        answers = [Answer(*map(int, said)) for said in zip(*batch.answers, strict=True)]
        assert answers == [run.answer for run in alone]
        assert batch.send_merged.tolist() == [run.output.merge_tick.size for run in alone]
        for name in ("tick", "line"):
            sent = np.concatenate([getattr(run.output, name) for run in alone])
            assert np.array_equal(getattr(batch.sent, name), sent)
