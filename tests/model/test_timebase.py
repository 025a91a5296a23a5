import pytest

from goldspike.model.timebase import NEVER, TICK_NS, seconds, ticks


def test_a_tenth_of_the_papers_oscillation_is_a_tick():
    assert TICK_NS * 10 == 100


def test_seconds_and_ticks_are_each_others_inverse():
    assert ticks(4.2e-3) == 420_000
    assert seconds(420_000) == pytest.approx(4.2e-3)
    assert ticks(1e-6, tick_ns=0.001) == 1_000_000  # picoseconds
    assert seconds(1_000_000, tick_ns=0.001) == pytest.approx(1e-6)


def test_a_duration_goes_to_the_nearest_tick():
    assert [ticks(ns * 1e-9) for ns in (0, 4, 6, 14, 16)] == [0, 0, 1, 1, 2]


def test_never_is_the_last_of_64_bits():
    assert NEVER == 2**63 - 1
