import re
from dataclasses import replace

import numpy as np
import pytest

from goldspike.model.mubrain.shared.spikes import Room
from goldspike.workloads.mubrain.encoding import (
    Coder,
    CodingPhase,
    EncodingParams,
    encode,
    serialise,
)


def test_the_same_seed_and_sample_give_the_same_events():
    grey = np.arange(256, dtype=np.uint8)
    tick, address = encode(grey, EncodingParams(seed=5), 3)
    again = encode(grey, EncodingParams(seed=5), 3)
    assert np.array_equal(tick, again[0])
    assert np.array_equal(address, again[1])
    for other in (encode(grey, EncodingParams(seed=6), 3), encode(grey, EncodingParams(seed=5), 4)):
        assert not np.array_equal(tick, other[0])


def test_events_keep_their_distance_and_the_window():
    params = EncodingParams(window=50_000, rate_max=100_000)
    grey = np.random.default_rng(0).integers(0, 256, 256).astype(np.uint8)
    tick, address = encode(grey, params)
    assert tick.dtype == address.dtype == np.int64
    assert np.diff(tick).min() >= 2
    assert tick[0] >= 1
    assert tick[-1] < params.window + 2 * 256  # at worst, all pixels wait on the last tick
    assert set(address.tolist()) <= set(range(256))


@pytest.mark.parametrize(("grey", "rate"), [(0, 1000.0), (255, 5000.0), (51, 1800.0)])
def test_a_pixel_alone_spikes_regularly_at_its_rate(grey, rate):
    params = EncodingParams(rate_min=1000, rate_max=5000)  # 51 is a fifth of the way
    period = round(1e8 / rate)  # in ticks of 10 ns
    for seed in range(10):
        tick, _ = encode(np.array([grey], np.uint8), replace(params, seed=seed))
        assert set(np.diff(tick).tolist()) == {period}
        assert 1 <= tick[0] <= period
        assert params.window - period < tick[-1] <= params.window


def test_trains_are_regular_before_they_are_serialised():
    params = EncodingParams(rate_min=500, rate_max=500, window=400_000)
    tick, address = encode(np.zeros(32, np.uint8), params)
    for pixel in range(32):
        own = tick[address == pixel]
        assert own.size == 2  # 400,000 ticks are two periods of 200,000
        assert abs(own[1] - own[0] - 200_000) <= 2 * 32


def test_a_rate_of_zero_is_silent():
    tick, _ = encode(np.zeros(256, np.uint8), EncodingParams(rate_min=0))
    assert tick.size == 0
    _, address = encode(np.array([0, 255, 0], np.uint8), EncodingParams(rate_min=0))
    assert set(address.tolist()) == {1}


def test_aligned_trains_start_together_and_stay_together():
    params = EncodingParams(rate_min=0, rate_max=1000, phase="aligned")
    tick, address = encode(np.array([255, 0, 255, 255], np.uint8), params)
    assert tick.reshape(-1, 3).tolist() == [
        [1 + t, 3 + t, 5 + t] for t in range(0, 400_001, 100_000)
    ]
    assert address.reshape(-1, 3).tolist() == [[0, 2, 3]] * 5


def test_spread_trains_start_one_after_the_other():
    params = EncodingParams(rate_min=0, rate_max=1000, phase="spread", window=100_000)
    tick, address = encode(np.array([255, 255, 0, 255], np.uint8), params)
    assert tick.tolist() == [1, 25_001, 75_001]
    assert address.tolist() == [0, 1, 3]


@pytest.mark.parametrize("phase", ["spread", "aligned"])
def test_phases_that_are_not_random_do_not_depend_on_the_sample(phase):
    grey = np.arange(256, dtype=np.uint8)
    one, other = (encode(grey, EncodingParams(phase=phase, seed=s), s) for s in (1, 2))
    assert np.array_equal(one[0], other[0]) and np.array_equal(one[1], other[1])


@pytest.mark.parametrize("phase", list(CodingPhase))
@pytest.mark.parametrize(("window", "rate"), [(1, 5e7), (3000, 2e6), (60_000, 9e4)])
def test_events_are_all_trains_sorted_and_kept_apart(phase, window, rate):
    params = EncodingParams(window=window, rate_min=rate / 9, rate_max=rate, phase=phase)
    grey = np.random.default_rng(3).integers(0, 256, (3, 70)).astype(np.uint8)
    coder = Coder(params, 70)
    events = coder.run_batch(grey, 5, Room())
    meant = []
    for s, phases in enumerate(coder.phases(3, 5, Room())):
        spikes = sorted(
            (tick, i)
            for i, level in enumerate(grey[s])
            for step in [round(1e8 / (rate / 9 + (rate - rate / 9) * (level / 255)))]
            for tick in range(1 + int(phases[i] * step), window + 1, step)
        )
        free = 0
        for tick, i in spikes:
            meant.append((max(tick, free), i))
            free = max(tick, free) + 2
        assert events.bounds[s + 1] == len(meant)
    assert list(zip(events.tick.tolist(), events.line.tolist(), strict=True)) == meant
    assert len(meant) > (0 if window == 1 else 100)
    assert (np.diff(events.bounds) <= coder.most_events(grey)).all()


def test_serialising_delays_just_enough():
    tick = np.array([1, 1, 1, 2, 9, 10, 20])
    assert serialise(tick).tolist() == [1, 3, 5, 7, 9, 11, 20]
    assert serialise(np.zeros(0, np.int64)).size == 0


def test_events_of_one_tick_are_in_order_of_address():
    grey = np.zeros(40, np.uint8)
    params = EncodingParams(rate_min=2e7, rate_max=2e7, window=5)  # every pixel once in 5 ticks
    tick, address = encode(grey, params)
    assert tick.size == 40
    drops = np.flatnonzero(np.diff(address) <= 0)
    assert drops.size <= 4  # one run of rising addresses per tick of the window


RATES = "rates must be 0 <= rate_min <= rate_max <= 5e+07 Hz, not "


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"window": 0}, ValueError, f"window must be in 1..{2**40}, not 0"),
        ({"window": 1.5}, TypeError, f"window must be an integer in 1..{2**40}, not 1.5"),
        ({"seed": -1}, ValueError, "seed must be at least 0, not -1"),
        ({"seed": None}, TypeError, "seed must be an integer at least 0, not None"),
        (
            {"phase": "late"},
            ValueError,
            "phase must be one of random, spread, aligned, not 'late'",
        ),
        ({"tick_ns": 0}, ValueError, "tick_ns must be in 0.001..1e+09, not 0"),
        ({"tick_ns": 1e300}, ValueError, "tick_ns must be in 0.001..1e+09, not 1e+300"),
        ({"rate_min": -1.0}, ValueError, RATES + "-1.0 and 20000.0"),
        ({"rate_max": 50.0}, ValueError, RATES + "100.0 and 50.0"),
        ({"rate_max": 6e7}, ValueError, RATES + "100.0 and 60000000.0"),
        ({"rate_max": float("nan")}, ValueError, RATES + "100.0 and nan"),
    ],
)
def test_bad_parameters_are_refused(change, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        EncodingParams(**change)
