"""The source of leaks, and what its strobes do to a neuron, against theory."""

import numpy as np
import pytest

from goldspike.model.mubrain.layer import LayerModel, LayerParams
from goldspike.model.mubrain.leak import LeakModel, LeakParams


def strobes(period, ticks, event=(), clear=()):
    """Return the ticks after which the strobe is up, and the leaks that merged."""
    model = LeakModel(LeakParams())
    now = np.arange(1, ticks + 1)
    up, _ = model.run(np.full(ticks, period), np.isin(now, event), np.isin(now, clear))
    return up.tolist(), model.merged


def test_periodic_strobes_come_every_period():
    assert strobes(7, 30) == ([7, 14, 21, 28], 0)
    assert strobes(2, 9) == ([2, 4, 6, 8], 0)


@pytest.mark.parametrize("period", [0, 1])
def test_without_a_period_only_events_leak(period):
    assert strobes(period, 30, event=[5, 9, 10, 20]) == ([5, 9, 20], 0)


def test_a_clear_begins_the_period_anew_and_withholds_its_strobe():
    assert strobes(7, 30, clear=[10]) == ([7, 17, 24], 0)
    assert strobes(7, 30, clear=[14]) == ([7, 21, 28], 0)


def test_an_event_on_the_tick_of_a_clear_leaks():
    assert strobes(7, 18, event=[14], clear=[14]) == ([7, 14], 0)


def test_leaks_that_come_together_merge_and_are_counted():
    assert strobes(7, 13, event=[7]) == ([7], 1)
    assert strobes(7, 13, event=[6]) == ([6], 1)
    assert strobes(7, 13, event=[8]) == ([7], 1)
    assert strobes(7, 13, event=[9]) == ([7, 9], 0)


def leaky(weight, leak, excited, leaks):
    """Return the run of one neuron: `excited` edges of `weight`, strobes `leaks` of -`leak`."""
    model = LayerModel(LayerParams(inputs=2, neurons=1), np.array([[weight], [-leak]]))
    tick = np.concatenate([excited, leaks])
    line = np.repeat([0, 1], [len(excited), len(leaks)])
    order = np.argsort(tick, kind="stable")
    return model.run(tick[order], line[order], traced=True)


@pytest.mark.parametrize("leak", [1, 3, 7])
@pytest.mark.parametrize("start", [0, 1, 35, 63])
def test_n_leaks_of_w_leave_max_0_p_minus_n_w(leak, start):
    excited = 20 * np.arange(start)
    leaks = 20 * start + 50 * np.arange(1, 80)
    run = leaky(1, leak, excited, leaks)
    assert run.history is not None
    expected = np.maximum(0, start - leak * np.arange(1, 80))
    assert run.history[start:, 0].tolist() == expected.tolist()
    assert run.tick.size == 0


@pytest.mark.parametrize("period", [20, 50, 1000])
@pytest.mark.parametrize("leak", [1, 2, 5])
def test_the_mean_drift_is_weight_times_rate(leak, period):
    start = 60
    leaks = 20 * start + np.array(strobes(period, 60 * period)[0])
    run = leaky(1, leak, 20 * np.arange(start), leaks)
    assert run.history is not None
    above = run.history[start:, 0] > 0  # until it reaches the floor
    fallen = start - run.history[start:, 0][above]
    elapsed = leaks[above] - 20 * start
    assert fallen == pytest.approx(elapsed * leak / period)
    to_floor = leaks[~above][0] - 20 * start
    assert to_floor == period * -(-start // leak)  # ceil(p / w) periods


@pytest.mark.parametrize("leak", [1, 3, 7])
def test_what_goes_in_is_leaked_fired_or_still_there(leak):
    run = leaky(7, leak, np.arange(0, 200_000, 90), 5 + np.arange(0, 200_000, 75))
    assert run.history is not None
    before = np.concatenate([[0], run.history[:-1, 0]]).astype(int)
    leaked = np.minimum(before, leak)[run.arbiter.line == 1].sum()
    excited = 7 * (run.arbiter.line == 0).sum()
    assert excited == leaked + 64 * run.tick.size + run.potential[0]


CASES = [(7, 100, 3, 100), (7, 100, 6, 90), (5, 60, 1, 40), (4, 110, 7, 300)]


@pytest.mark.parametrize(("weight", "every", "leak", "period"), CASES)
def test_above_the_leak_the_rate_is_the_difference_over_the_threshold_or_a_little_more(
    weight, every, leak, period
):
    ticks = 1_000_000
    run = leaky(weight, leak, np.arange(0, ticks, every), 5 + np.arange(0, ticks, period))
    drift = weight / every - leak / period
    # right after a spike the floor may spare the neuron part of the leak; regular trains stray from
    # their means by one spike each at most
    assert run.arbiter.merge_tick.size == 0
    assert drift * ticks / 64 - 1 <= run.tick.size <= drift * ticks / (64 - weight - leak) + 1


@pytest.mark.parametrize(
    ("weight", "every", "leak", "period"), [(3, 100, 3, 100), (7, 100, 6, 80), (1, 60, 7, 400)]
)
def test_at_or_below_the_leak_it_never_fires(weight, every, leak, period):
    ticks = 1_000_000
    run = leaky(weight, leak, np.arange(0, ticks, every), 5 + np.arange(0, ticks, period))
    assert run.tick.size == 0
    assert run.history is not None and run.history.max() <= 2 * (weight + leak)


@pytest.mark.parametrize("bits", [1, 33])
def test_bad_parameters_are_refused(bits):
    with pytest.raises(ValueError, match=rf"^period_bits must be in 2..32, not {bits}$"):
        LeakParams(period_bits=bits)
