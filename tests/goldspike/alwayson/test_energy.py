import numpy as np
import pytest

from goldspike.alwayson.energy import BOTH, CLOCK_GATING, NONE, activity, break_even, saving


def test_the_lines_give_the_published_numbers():
    assert NONE.power / BOTH.power == pytest.approx(4.8, abs=0.05)
    assert saving(4.0) == pytest.approx(4.35, abs=0.005)
    assert break_even(CLOCK_GATING, BOTH) == pytest.approx(1.3, abs=0.005)
    assert CLOCK_GATING.power / NONE.power == pytest.approx(1 - 0.746, rel=1e-3)
    assert BOTH.power / CLOCK_GATING.power == pytest.approx(1 - 0.1768, rel=1e-3)


def test_against_no_gating_it_pays_much_earlier():
    assert break_even(NONE, BOTH) == pytest.approx(0.105, abs=0.001)


def test_activity_splits_a_run():
    counts = {
        "awake": np.array([28]), "powered": np.array([56]), "pulses": np.array([6]),
        "power_ups": np.array([2]),
    }  # fmt: skip
    found = activity(counts, ticks=140 * 10 + 56, period=2)
    assert found["asleep_ms"][0] == pytest.approx(10)
    assert found["clocked_ms"][0] == pytest.approx(12 / 140)
    assert found["both"][0] == pytest.approx(BOTH.energy(10, sleeps=2))
