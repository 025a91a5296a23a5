import re

import numpy as np
import pytest

from goldspike.model.mubrain.readout import NO_ANSWER, Answer, ReadoutModel, ReadoutParams


def read(*spikes, classes=4):
    """Return the answer to spikes (tick, class)."""
    tick, line = np.array(spikes, int).reshape(-1, 2).T
    return ReadoutModel(ReadoutParams(classes=classes)).answer(tick, line)


def test_no_spike_is_no_answer():
    assert read() == Answer(shortest_isi=NO_ANSWER, count=NO_ANSWER, first_spike=NO_ANSWER)


def test_one_spike_names_a_class_but_no_interval():
    answer = read((7, 2))
    assert (answer.first_spike, answer.first_time) == (2, 7)
    assert (answer.count, answer.spikes) == (2, 1)
    assert (answer.shortest_isi, answer.interval, answer.decided) == (NO_ANSWER, 0, 0)


def test_the_three_read_outs_may_disagree():
    answer = read((1, 3), (2, 0), (10, 1), (12, 0), (13, 1), (22, 0))
    assert (answer.first_spike, answer.first_time) == (3, 1)
    assert (answer.count, answer.spikes) == (0, 3)
    assert (answer.shortest_isi, answer.interval, answer.decided) == (1, 3, 13)


@pytest.mark.parametrize("order", [(0, 2), (2, 0)])
def test_a_tie_of_intervals_goes_to_the_lower_class(order):
    first, second = order
    answer = read((1, first), (2, second), (11, first), (12, second))
    assert (answer.shortest_isi, answer.interval) == (0, 10)
    assert answer.decided == (11 if first == 0 else 12)


@pytest.mark.parametrize("order", [(1, 3), (3, 1)])
def test_a_tie_of_counts_goes_to_the_lower_class(order):
    first, second = order
    answer = read((1, first), (4, first), (9, second), (20, second))
    assert (answer.count, answer.spikes) == (1, 2)


def test_of_two_equal_intervals_of_one_class_the_first_decides():
    assert read((0, 1), (5, 1), (10, 1)).decided == 5


def test_the_record_says_what_is_known():
    model = ReadoutModel(ReadoutParams(classes=4))
    assert model.record(np.array([], int), np.array([], int)) == (0, 0, 0, 0, 0, 0, 0)
    assert model.record(np.array([5]), np.array([3])) == (0b01, 0, 0, 3, 5, 3, 1)
    assert model.record(np.array([5, 9]), np.array([3, 3])) == (0b11, 3, 4, 3, 5, 3, 2)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"classes": 0}, ValueError, "classes must be in 1..512, not 0"),
        ({"time_bits": 64}, ValueError, "time_bits must be in 1..63, not 64"),
        ({"count_bits": 33}, ValueError, "count_bits must be in 1..32, not 33"),
        ({"count_bits": 0.5}, TypeError, "count_bits must be an integer in 1..32, not 0.5"),
    ],
)
def test_bad_parameters_are_refused(change, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        ReadoutParams(**change)


@pytest.mark.parametrize("classes", [1, 2, 3, 10])
def test_records_say_after_every_spike_what_the_spikes_so_far_answer(classes):
    rng = np.random.default_rng(classes)
    model = ReadoutModel(ReadoutParams(classes=classes))
    for spikes in range(40):
        tick = np.cumsum(rng.integers(1, 6, spikes))
        line = rng.integers(0, classes, spikes)
        records = model.records(tick, line)
        for k in range(spikes):
            said = model.record(tick[: k + 1], line[: k + 1])
            assert records[k].tolist() == (tick[k] + 1, *said)
