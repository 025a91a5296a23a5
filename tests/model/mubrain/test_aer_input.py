import re

import numpy as np
import pytest

from goldspike.model.mubrain.aer_input import AerInputModel, AerInputParams


def test_the_arbiter_sees_an_event_one_tick_after_the_strobe():
    run = AerInputModel(AerInputParams(lines=4)).run(np.array([1, 5]), np.array([3, 0]))
    assert (run.tick.tolist(), run.line.tolist(), run.invalid) == ([2, 6], [3, 0], 0)


def test_an_address_beyond_the_lines_is_counted_and_launches_nothing():
    run = AerInputModel(AerInputParams(lines=5)).run(np.array([1, 3, 5]), np.array([5, 4, 7]))
    assert (run.tick.tolist(), run.line.tolist(), run.invalid) == ([4], [4], 2)


def test_records_show_the_line_or_that_there_is_none():
    records = AerInputModel(AerInputParams(lines=10)).records(np.array([1, 3]), np.array([9, 10]))
    assert records["tick"].tolist() == [1, 2, 3, 4]
    assert records["spikes"].tolist() == [[0, 0b10], [0, 0], [0, 0], [0, 0]]
    assert records["invalid"].tolist() == [0, 0, 1, 0]


def test_events_on_neighbouring_ticks_are_refused():
    with pytest.raises(ValueError, match=r"^AER events must be at least 2 ticks apart$"):
        AerInputModel(AerInputParams()).run(np.array([1, 2]), np.array([0, 0]))


@pytest.mark.parametrize(("lines", "bits"), [(1, 1), (2, 1), (3, 2), (256, 8), (512, 9)])
def test_an_address_is_as_wide_as_it_must_be(lines, bits):
    assert AerInputParams(lines=lines).address_bits == bits


@pytest.mark.parametrize(
    ("lines", "error", "message"),
    [
        (0, ValueError, "lines must be in 1..1024, not 0"),
        (1025, ValueError, "lines must be in 1..1024, not 1025"),
        (None, TypeError, "lines must be an integer in 1..1024, not None"),
    ],
)
def test_bad_parameters_are_refused(lines, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        AerInputParams(lines=lines)
