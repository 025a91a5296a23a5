import numpy as np
import pytest

from goldspike.model.timing.oscillator import OscillatorModel, OscillatorParams

UNEVEN = OscillatorParams(low=2, high=3)  # 5 ticks; from rest on tick s: up at s+1, down at s+4


def enable(*ups, ticks=40):
    """Return the enable as sampled on ticks 1, 2, ...: up on the ticks of each (first, last)."""
    level = np.zeros(ticks, bool)
    for first, last in ups:
        level[first - 1 : last] = True
    return level


def clock(params, *ups):
    """Return the clock's (rise, fall) ticks."""
    records = OscillatorModel(params).run(enable(*ups))
    edges = np.diff(records["clock"].astype(int), prepend=0)
    rises, falls = (records["tick"][edges == sign].tolist() for sign in (1, -1))
    return list(zip(rises, falls, strict=True))


def test_a_request_of_one_tick_gives_one_whole_period():
    assert clock(UNEVEN, (3, 3)) == [(4, 7)]


def test_the_shortest_period_rises_on_the_tick_of_the_request():
    assert clock(OscillatorParams(low=1, high=1), (3, 6)) == [(3, 4), (5, 6)]


def test_periods_follow_without_a_gap():
    assert clock(UNEVEN, (1, 11)) == [(2, 5), (7, 10), (12, 15)]


def test_an_enable_that_falls_inside_a_period_does_not_cut_it():
    assert clock(UNEVEN, (1, 7)) == [(2, 5), (7, 10)]


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (4, [(2, 5)]),  # down on 5, as the period ends
        (5, [(2, 5)]),  # down on 6, which decides
        (6, [(2, 5), (7, 10)]),  # up on 6
    ],
)
def test_a_fall_around_the_end_of_a_period(last, expected):
    assert clock(UNEVEN, (1, last)) == expected


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (5, [(2, 5), (7, 10)]),  # up as the period ends: still up on 6, which decides
        (6, [(2, 5), (7, 10)]),  # just in time
        (7, [(2, 5), (8, 11)]),  # rest on 6, then a period from 6 on
    ],
)
def test_a_rise_around_the_end_of_a_period(first, expected):
    assert clock(UNEVEN, (1, 2), (first, first + 2)) == expected


def test_a_high_inside_a_period_leaves_no_trace():
    assert clock(UNEVEN, (1, 1), (3, 5)) == [(2, 5)]


@pytest.mark.parametrize(
    ("divide", "expected"),
    [  # ring of 1 low, 2 high: up at 1, 4, 7, 10, down at 3, 6, 9, 12
        (1, [(1, 3)]),
        (2, [(4, 6)]),
        (3, [(4, 9)]),
        (4, [(7, 12)]),
        (5, [(7, 15)]),
    ],
)
def test_the_divided_clock_rises_in_the_middle_and_falls_at_the_end(divide, expected):
    params = OscillatorParams(low=1, high=2, divide=divide)
    assert clock(params, (1, 1)) == expected
    assert params.period == 3 * divide
    assert params.low_phase == expected[0][0]


def test_the_divider_starts_afresh_after_a_rest():
    params = OscillatorParams(low=1, high=1, divide=4)
    assert clock(params, (1, 2), (20, 20)) == [(5, 8), (24, 27)]


def test_the_records_of_one_divided_period():
    records = OscillatorModel(OscillatorParams(low=1, high=1, divide=3)).run(enable((1, 1)))
    assert records.tolist() == [
        (1, 1, 0, 0),
        (2, 0, 0, 1),
        (3, 1, 1, 1),
        (4, 0, 1, 2),
        (5, 1, 1, 2),
        (6, 0, 0, 0),
    ]


def test_nobody_asks():
    assert OscillatorModel(UNEVEN).run(enable()).size == 0


@pytest.mark.parametrize("name", ["low", "high", "divide"])
def test_bad_parameters_are_refused(name):
    with pytest.raises(ValueError, match=rf"^{name} must be in 1\.\.\d+, not 0$"):
        OscillatorParams(**{name: 0})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=rf"^{name} must be an integer in 1\.\.\d+, not '2'$"):
        OscillatorParams(**{name: "2"})  # type: ignore[arg-type]


def test_settings_count_from_the_period_that_they_begin():
    params = OscillatorParams(low=4, high=4, divide=2, configurable=True)
    up = enable((3, 3), (20, 20))
    settings = np.array([(1, 1)] * 15 + [(3, 2)] * 25)
    starts = OscillatorModel(params).periods(up, settings)
    assert starts.tolist() == [2, 19]
    ticks = OscillatorModel(params).run(up, settings)["tick"].tolist()
    assert ticks == [3, 4, 22, 25, 28, 31]


def test_settings_beyond_the_largest_are_refused():
    params = OscillatorParams(low=4, high=4, divide=2, configurable=True)
    with pytest.raises(ValueError, match=r"^length must be in 1\.\.4, not 5$"):
        params.set_to(5, 1)
    with pytest.raises(ValueError, match=r"must be equal, not 1 and 2$"):
        OscillatorParams(low=1, high=2, configurable=True)
