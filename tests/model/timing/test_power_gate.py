import numpy as np
import pytest

from goldspike.model.timing.power_gate import PowerGateModel, PowerGateParams, PowerState

PARAMS = PowerGateParams(wake=3, reset=2, isolate=2, settle=4)  # on after 5 ticks, off after 6
W, N, G, F = PowerState.WAKING, PowerState.ON, PowerState.GOING_OFF, PowerState.OFF
OUTPUTS = ("power", "good", "isolate", "retain", "reset")


def request(*ups, ticks=60):
    """Return the request as sampled on ticks 1, 2, ...: up on the ticks of each (first, last)."""
    level = np.zeros(ticks, bool)
    for first, last in ups:
        level[first - 1 : last] = True
    return level


def run(params, *ups):
    """Return (tick, state, names of the outputs that are up) of every record."""
    return [
        (tick, state, " ".join(name for name, up in zip(OUTPUTS, outputs, strict=True) if up))
        for tick, state, *outputs in PowerGateModel(params).run(request(*ups)).tolist()
    ]


WAKE_AT_10 = [
    (10, W, "power isolate retain reset"),
    (13, W, "power good isolate retain reset"),
    (15, N, "power good"),
]


def test_the_whole_sequence():
    assert run(PARAMS, (10, 19)) == [
        *WAKE_AT_10,
        (20, G, "power good isolate"),
        (22, G, "power good isolate retain"),
        (26, F, "isolate retain"),
    ]


def test_a_request_of_one_tick_is_served_for_one_tick():
    assert run(PARAMS, (10, 10)) == [
        *WAKE_AT_10,
        (16, G, "power good isolate"),
        (18, G, "power good isolate retain"),
        (22, F, "isolate retain"),
    ]


@pytest.mark.parametrize(
    ("last", "down"),
    [(13, 16), (14, 16), (15, 16), (16, 17)],  # down on 14, 15 (comes on), 16, 17
)
def test_a_request_that_falls_around_the_tick_on_which_the_block_comes_on(last, down):
    assert run(PARAMS, (10, last))[3] == (down, G, "power good isolate")


def test_what_the_request_does_while_waking_leaves_no_trace():
    assert run(PARAMS, (10, 10), (12, 12), (14, 30))[:4] == [
        *WAKE_AT_10,
        (31, G, "power good isolate"),
    ]


BACK = {
    21: [],  # the first tick of going off
    22: [],  # the tick on which retain would rise
    23: [(22, G, "power good isolate retain")],
    26: [(22, G, "power good isolate retain")],  # the tick on which power would fall
}


@pytest.mark.parametrize(("back", "between"), BACK.items())
def test_a_request_of_one_tick_while_going_off_brings_the_block_back_at_once(back, between):
    assert run(PARAMS, (10, 19), (back, back))[3:] == [
        (20, G, "power good isolate"),
        *between,
        (back, N, "power good"),
        (back + 1, G, "power good isolate"),
        (back + 3, G, "power good isolate retain"),
        (back + 7, F, "isolate retain"),
    ]


def test_a_request_on_the_first_tick_of_off_wakes_in_full():
    assert run(PARAMS, (10, 19), (27, 60))[5:] == [
        (26, F, "isolate retain"),
        (27, W, "power isolate retain reset"),
        (30, W, "power good isolate retain reset"),
        (32, N, "power good"),
    ]


def test_the_default_wakes_in_one_tick_and_goes_off_in_one():
    assert run(PowerGateParams(), (5, 8)) == [
        (5, W, "power isolate retain reset"),
        (6, N, "power good"),
        (9, G, "power good isolate retain"),
        (10, F, "isolate retain"),
    ]


def test_nobody_asks():
    assert run(PARAMS) == []
    assert PowerGateModel(PARAMS).run(np.zeros(0, bool)).size == 0


def test_the_request_holds_its_last_value():
    assert PowerGateModel(PARAMS).run(np.ones(1, bool))["tick"].tolist() == [1, 4, 6]
    assert PowerGateModel(PARAMS).run(request((1, 1), ticks=2))["tick"].tolist()[-1] == 13


@pytest.mark.parametrize("seed", range(5))
def test_what_is_always_true(seed):
    rng = np.random.default_rng(seed)
    low, high = (1, 0, 0, 1), (6, 4, 4, 6)
    names = ("wake", "reset", "isolate", "settle")
    params = PowerGateParams(**dict(zip(names, rng.integers(low, high).tolist(), strict=True)))
    asked = np.logical_xor.accumulate(rng.random(2000) < 0.1)
    records = PowerGateModel(params).run(asked)
    assert np.all(np.diff(records["tick"]) > 0)
    power, good, isolate, retain, reset = (records[name] == 1 for name in OUTPUTS)
    assert np.all(isolate | (good & ~reset))
    assert np.all(retain | (good & ~reset))
    assert np.all(power | ~good)
    assert np.all(isolate | ~retain)
    lost = np.flatnonzero(~power)
    assert np.all(reset[lost[lost + 1 < len(records)] + 1])  # what was lost is reset


@pytest.mark.parametrize(
    ("name", "lowest"), [("wake", 1), ("reset", 0), ("isolate", 0), ("settle", 1)]
)
def test_bad_parameters_are_refused(name, lowest):
    with pytest.raises(ValueError, match=rf"^{name} must be in {lowest}\.\.65535, not -1$"):
        PowerGateParams(**{name: -1})
