import numpy as np
import pytest

from goldspike.model.alwayson.aer_input import AerInputModel, AerInputParams


def test_an_event_is_one_tick_on_the_wire_of_its_sign():
    model = AerInputModel(AerInputParams(lines=5))
    lines = model.lines(np.array([3, 5, 9]), np.array([4, 0, 7]), np.array([0, 1, 0]), 20)
    found = np.argwhere(lines)  # row r is tick r + 1, on which the neuron has its edge
    assert found.tolist() == [[3, 0, 4], [5, 1, 0]]


def test_records():
    model = AerInputModel(AerInputParams(lines=11))
    records = model.records(np.array([3, 5, 9]), np.array([9, 0, 11]), np.array([0, 1, 0]))
    assert records["tick"].tolist() == [3, 4, 5, 6, 9, 10]
    assert records["plus"].tolist() == [[0, 2], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0]]
    assert records["minus"].tolist() == [[0, 0], [0, 0], [1, 0], [0, 0], [0, 0], [0, 0]]
    assert records["invalid"].tolist() == [0, 0, 0, 0, 1, 0]


def test_events_too_close_are_refused():
    model = AerInputModel(AerInputParams())
    with pytest.raises(ValueError, match=r"^AER events must be at least 2 ticks apart$"):
        model.lines(np.array([3, 4]), np.array([0, 1]), np.array([0, 0]), 9)
