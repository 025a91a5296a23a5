import re

import numpy as np
import pytest

from model.mubrain.arbiter import Policy
from model.mubrain.chip import MUBRAIN_MNIST, ChipModel, ChipParams, layer_names
from model.mubrain.readout import Answer
from model.mubrain.weight_memory import Storage


def test_the_published_network_has_the_papers_synapses():
    synapses = sum(layer.inputs * layer.neurons for layer in MUBRAIN_MNIST.layers)
    assert synapses == 17_024
    assert layer_names(MUBRAIN_MNIST) == ("layer1", "layer2")


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
    ],
)
def test_bad_parameters_are_refused(change, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        ChipParams(**change)
