import numpy as np
import pytest

from goldspike.model.timing.clock_gate import PULSE_BITS, ClockGateModel, ClockGateParams


def gate(pulses, enables, ticks=20):
    """Return (tick, gated, pulses of each gate) of every record.

    `enables` holds, gate by gate, the (first, last) ticks on which it is up.
    """
    level = np.zeros((ticks, len(enables)), bool)
    for k, spans in enumerate(enables):
        for first, last in spans:
            level[first - 1 : last, k] = True
    rises, falls = np.array(pulses, int).reshape(-1, 2).T
    records = ClockGateModel(ClockGateParams(width=len(enables))).run(rises, falls, level)
    gated = [int.from_bytes(row.tobytes(), "little") for row in records["gated"]]
    return list(zip(records["tick"].tolist(), gated, records["pulses"].tolist(), strict=True))


def test_a_pulse_passes_whole():
    assert gate([(5, 8)], [[(3, 20)]]) == [(5, 1, [1]), (8, 0, [1])]


def test_an_enable_up_on_the_tick_of_the_rise_is_in_time():
    assert gate([(5, 8)], [[(5, 5)]]) == [(5, 1, [1]), (8, 0, [1])]


def test_an_enable_up_one_tick_after_the_rise_is_too_late():
    assert gate([(5, 8), (10, 12)], [[(6, 20)]]) == [(10, 1, [1]), (12, 0, [1])]


def test_an_enable_down_on_the_tick_of_the_rise_stops_the_pulse():
    assert gate([(5, 8)], [[(1, 4)]]) == []


def test_an_enable_that_comes_and_goes_between_rises_leaves_no_trace():
    assert gate([(5, 8), (12, 14)], [[(6, 8), (9, 11)]]) == []


def test_phases_of_one_tick():
    assert gate([(1, 2), (3, 4), (5, 6)], [[(1, 1), (5, 9)]]) == [
        (1, 1, [1]),
        (2, 0, [1]),
        (5, 1, [2]),
        (6, 0, [2]),
    ]


def test_each_gate_has_its_own_pulses():
    records = gate([(3, 4), (7, 9)], [[(1, 20)], [], [(7, 7)]])
    assert records == [
        (3, 0b001, [1, 0, 0]),
        (4, 0, [1, 0, 0]),
        (7, 0b101, [2, 0, 1]),
        (9, 0, [2, 0, 1]),
    ]


def test_the_count_wraps():
    model = ClockGateModel(ClockGateParams(width=1))
    rises = 1 + 2 * np.arange(2**PULSE_BITS)
    records = model.run(rises, rises + 1, np.ones((rises[-1], 1), bool))
    assert records["pulses"][-3:, 0].tolist() == [2**PULSE_BITS - 1, 0, 0]
    assert model.pulses.tolist() == [2**PULSE_BITS]


@pytest.mark.parametrize("pulses", [[(5, 5)], [(3, 6), (6, 8)], [(3, 6), (5, 8)]])
def test_a_clock_that_does_not_take_turns_is_refused(pulses):
    with pytest.raises(ValueError, match=r"^the clock must rise and fall by turns"):
        gate(pulses, [[]])


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match=r"^width must be in 1\.\.4096, not 0$"):
        ClockGateParams(width=0)
