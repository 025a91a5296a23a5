import re

import numpy as np
import pytest

from goldspike.model.mubrain.multi_phase_oscillator import (
    MultiPhaseOscillatorModel,
    MultiPhaseOscillatorParams,
    Phase,
)


def phases(request, **delays):
    """Return (tick, phase) of every strobe; `request` has one character per tick from 1."""
    params = MultiPhaseOscillatorParams(**delays)
    records = MultiPhaseOscillatorModel(params).run(np.array([c == "#" for c in request]))
    return [(int(r["tick"]), Phase(int(r["phase"]).bit_length() - 1).name) for r in records]


def test_the_default_oscillation_takes_the_100_ns_of_the_paper():
    assert MultiPhaseOscillatorParams().period == 10  # ticks of 10 ns


def test_phases_come_in_order_each_after_its_own_delay():
    # sampled on tick 3, so up after tick 2
    assert phases("..#.........", load=1, select=2, access=3, recover=4) == [
        (3, "LOAD"),
        (5, "SELECT"),
        (8, "ACCESS"),
        (12, "RECOVER"),
    ]


def test_a_request_that_falls_does_not_stop_an_oscillation():
    assert phases("#.......", load=2, select=2, access=2, recover=2)[-1] == (8, "RECOVER")


def test_a_request_during_an_oscillation_is_ignored():
    assert len(phases("#..#....", load=1, select=1, access=1, recover=1)) == 4  # tick 4: recover


def test_a_request_that_stays_oscillates_at_the_period():
    seen = phases("#" * 12, load=1, select=1, access=1, recover=1)
    assert [tick for tick, phase in seen if phase == "ACCESS"] == [3, 7, 11]


def test_a_request_after_recover_counts_from_its_own_tick():
    seen = phases("#....#......", load=2, select=1, access=1, recover=1)
    assert [tick for tick, phase in seen if phase == "LOAD"] == [2, 7]


@pytest.mark.parametrize("name", ["load", "select", "access", "recover"])
@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (0, ValueError, "delay {} must be in 1..1000000000, not 0"),
        (1_000_000_001, ValueError, "delay {} must be in 1..1000000000, not 1000000001"),
        ("2", TypeError, "delay {} must be an integer in 1..1000000000, not '2'"),
        (True, TypeError, "delay {} must be an integer in 1..1000000000, not True"),
    ],
)
def test_bad_delays_are_refused(name, value, error, message):
    with pytest.raises(error, match=f"^{re.escape(message.format(name))}$"):
        MultiPhaseOscillatorParams(**{name: value})
