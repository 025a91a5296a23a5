import numpy as np
import pytest

from goldspike.model.alwayson.chip import ChipModel, ChipParams
from goldspike.model.alwayson.synapse_arbiter import Policy
from goldspike.model.alwayson.synapse_block import (
    SynapseBlockModel,
    SynapseBlockParams,
    SynapseSettings,
)

HANDSHAKES = 100_000
ROWS = 3
RATIOS = {
    "2:8": (2, 4), "8:8": (8, 4), "2:2": (2, 1), "34:140": (34, 70), "6:14": (6, 7),
    "14:6": (14, 3), "2:32": (2, 16), "32:2": (32, 1), "62:134": (62, 67),
}  # fmt: skip


def resting_clock(period, ticks, rng):
    """Return a clock that rests now and then, so that it meets the other one in every phase."""
    count = ticks // period + 1
    rests = rng.integers(0, 2 * period, count) * (rng.random(count) < 0.1)
    lengths = np.stack([rests + period // 2, np.full(count, period // 2)], axis=1)
    return np.repeat(np.tile([False, True], count), lengths.reshape(-1))[:ticks]


def since_rise(rises, ticks):
    """Return how long before each of `ticks` the clock rose last; -1: never."""
    place = np.searchsorted(rises, ticks) - 1
    return np.where(place >= 0, ticks - rises[np.maximum(place, 0)], -1)


@pytest.mark.slow
@pytest.mark.parametrize("policy", list(Policy))
@pytest.mark.parametrize("ratio", RATIOS)
def test_no_request_is_lost_or_served_twice_tick_by_tick(ratio, policy):
    neuron, length = RATIOS[ratio]
    params = SynapseBlockParams(
        rows=ROWS, columns=1, policy=policy, settings=SynapseSettings(length=length)
    )
    rng = np.random.default_rng(neuron * length)
    slow, each = max(neuron, 2 * length), 10_000
    phases = [np.zeros(2 * length + 1, int), np.zeros(neuron + 1, int)]
    for _ in range(HANDSHAKES // len(Policy) // each):
        asks = np.cumsum(rng.integers(1, 18 * slow, each))
        clock = resting_clock(neuron, int(asks[-1]) + 500 * slow, rng)
        request, made = SynapseBlockModel(params).asked(asks, rng.integers(0, ROWS, each), clock)
        run = SynapseBlockModel(params).run(request, clock)
        records = run.records
        assert len(made) == run.counts["served"] == each
        assert records["power"][-1] == 0 and not records["ack"][-1].any()
        ack = np.unpackbits(records["ack"], axis=1, count=ROWS, bitorder="little").astype(int)
        place, row = np.nonzero(np.diff(ack, axis=0, prepend=0) == 1)
        for k in range(ROWS):
            up, grants = made[made[:, 1] == k, 0], records["tick"][place[row == k]]
            assert up.size == grants.size
            assert (grants > up).all() and (grants[:-1] < up[1:]).all()
        rises = records["tick"][np.diff(records["clock"].astype(int), prepend=0) == 1]
        neuron_rises = np.flatnonzero(clock[1:] & ~clock[:-1]) + 2
        met = (since_rise(rises, made[:, 0]), since_rise(neuron_rises, records["tick"][place]))
        for k, since in enumerate(met):
            kept = since[(since > 0) & (since < phases[k].size)]
            phases[k] += np.bincount(kept, minlength=phases[k].size)
    assert phases[0][1:].min() > 0, phases[0]
    # where the neurons' clock is the slower one, Ack follows their edges at a fixed distance
    assert neuron > 2 * length or phases[1][1:].min() > 0, phases[1]


@pytest.mark.slow
@pytest.mark.parametrize("policy", list(Policy))
@pytest.mark.parametrize("ratio", RATIOS)
def test_of_a_million_requests_each_is_served_once(ratio, policy):
    neuron, length = RATIOS[ratio]
    params = ChipParams(
        layers=(ROWS, 1), thresholds=(1,), policy=policy, neuron_clock=neuron // 2,
        synapse_clock=length,
    )  # fmt: skip
    rng = np.random.default_rng(neuron * length)
    slow, frames, each = max(neuron, 2 * length), 50_000, 21
    tick = np.cumsum(2 * rng.integers(1, 10 * slow, (frames, each)), axis=1) + 1
    row = np.argsort(rng.random((frames, each // ROWS + 1, ROWS)), axis=2)  # by turns, in any order
    row = row.reshape(frames, -1)[:, :each]
    model = ChipModel(params, [np.ones((ROWS, 1))])
    bounds = np.arange(frames + 1) * each
    run = model.run(tick.reshape(-1), row.reshape(-1), bounds, 1 << 40, keep=True)
    counts = dict(zip(model.counted, run.counts[:, 0].T, strict=True))
    assert (counts["spikes"] - counts["lost"]).sum() > 0.9 * frames * each
    assert np.array_equal(counts["requests"], counts["spikes"] - counts["lost"])
    assert np.array_equal(counts["synapse_served"], counts["requests"])
    assert np.array_equal(np.diff(run.launches[0].bounds), counts["requests"])
    served = np.zeros((frames, ROWS), int)
    frame = np.repeat(np.arange(frames), np.diff(run.launches[0].bounds))
    np.add.at(served, (frame, run.launches[0].row), 1)
    whole = counts["lost"] == 0
    assert whole.sum() > frames // 10
    assert (served[whole] == each // ROWS).all()
