import numpy as np
import pytest

from goldspike.model.alwayson.wakeup import WakeupModel, WakeupParams


def tick(model, up=(), *, falls=False, taken=(), sleep=False):
    """Advance one tick with the lines `up`; return (pending, clock enable, clock un-gate)."""
    lines = range(model.params.lines)
    level, take = (np.array([line in some for line in lines]) for some in (up, taken))
    word = model.tick(level, falls=falls, taken=take, sleep=sleep)
    return int(word["pending"][0]), int(word["clock_enable"]), int(word["clock_ungate"])


def test_the_first_falling_edge_behind_a_spike_lets_the_clock_through():
    model = WakeupModel(WakeupParams())
    assert tick(model, falls=True) == (0, 0, 0)
    assert tick(model, [0], falls=True) == (1, 1, 0)  # too late for this one
    assert tick(model, [0]) == (1, 1, 0)
    assert tick(model, [0], falls=True) == (1, 1, 1)


def test_a_second_spike_of_one_sign_is_lost_and_of_the_other_is_not():
    model = WakeupModel(WakeupParams())
    tick(model, [0])
    tick(model)
    assert tick(model, [0, 1]) == (3, 1, 0)
    assert model.lost == 1


def test_sleep_takes_what_was_applied_and_wakes_for_the_rest():
    model = WakeupModel(WakeupParams())
    tick(model, [0])
    tick(model, [1], falls=True)
    assert tick(model, taken=[0], sleep=True) == (2, 1, 0)
    assert tick(model, falls=True) == (2, 1, 1)
    assert tick(model, taken=[1], sleep=True) == (0, 0, 0)


def test_a_spike_on_the_tick_on_which_the_one_before_is_taken_is_new():
    model = WakeupModel(WakeupParams())
    tick(model, [0])
    tick(model, falls=True)
    assert tick(model, [0], taken=[0], sleep=True) == (1, 1, 0)
    assert model.lost == 0


def test_lines_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"^lines must be in 1\.\.512, not 0$"):
        WakeupParams(lines=0)
