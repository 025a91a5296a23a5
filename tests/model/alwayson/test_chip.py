from itertools import pairwise

import numpy as np
import pytest

from goldspike.model.alwayson.chip import ALWAYSON_65NM, ChipModel, ChipParams
from goldspike.model.alwayson.synapse_arbiter import Policy


def network(sizes, rng, up=0.7):
    """Return weights of which most are +1, so that spikes get through."""
    return [np.where(rng.random(shape) < up, 1, -1) for shape in pairwise(sizes)]


def events(frames, ticks, count, lines, rng):
    """Return tick, address, bounds, negative of random frames."""
    places = [2 * np.sort(rng.choice(ticks // 2, count, replace=False)) + 1 for _ in range(frames)]
    bounds = np.arange(frames + 1) * count
    total = frames * count
    return np.concatenate(places), rng.integers(0, lines, total), bounds, rng.integers(0, 2, total)


CASES = {
    "default": (ChipParams(layers=(7, 5, 6, 3), thresholds=(1, 2, 2)), None),
    "equal": (ChipParams(layers=(3, 4, 2), thresholds=(1, 1), neuron_clock=4), None),
    "34:140": (
        ChipParams(layers=(3, 5, 3), thresholds=(1, 1), neuron_clock=17, synapse_clock=70), None
    ),
    "3:7": (ChipParams(layers=(5, 3, 1), thresholds=(1, 1), neuron_clock=3, synapse_clock=7), None),
    "16:1": (
        ChipParams(layers=(5, 3, 2), thresholds=(1, 2), neuron_clock=16, synapse_clock=1), None
    ),
    "1:16, round robin": (
        ChipParams(
            layers=(6, 3, 2), thresholds=(1, 2), synapse_clock=16, policy=Policy.ROUND_ROBIN
        ),
        None,
    ),
    "a smaller network": (ChipParams(layers=(9, 8, 8, 5), thresholds=(1, 1, 1)), (4, 3, 5, 2)),
    "two layers": (ChipParams(layers=(1, 1), thresholds=(1,)), None),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_fast_chip_is_its_parts_tick_by_tick(case):
    params, sizes = CASES[case]
    sizes = sizes or params.layers
    rng = np.random.default_rng(len(case))
    model = ChipModel(params, network(sizes, rng))
    tick, address, bounds, negative = events(3, 4000, 160, sizes[0], rng)
    frame = 3900
    run = model.run(tick, address, bounds, frame, negative, keep=True)
    launched = 0
    for f in range(3):
        own = slice(bounds[f], bounds[f + 1])
        traced = model.trace(tick[own], address[own], frame, negative[own])
        assert run.potentials[f].tolist() == traced.potentials[: sizes[-1]].tolist()
        assert run.ticks[f] == traced.ticks
        for k, (counts, expected) in enumerate(zip(run.counts[f], traced.counts, strict=True)):
            found = {name: expected.get(name, 0) for name in model.counted}
            assert dict(zip(model.counted, counts.tolist(), strict=True)) == found, k
        for k, (found, (at, lines)) in enumerate(zip(run.launches, traced.launches, strict=True)):
            mine = slice(found.bounds[f], found.bounds[f + 1])
            assert found.tick[mine].tolist() == at.tolist()
            weights = model.weights[k][found.row[mine]]
            assert np.array_equal(lines[:, 0, : sizes[k + 1]], weights == 1)
            assert np.array_equal(lines[:, 1, : sizes[k + 1]], weights == -1)
            assert not lines[:, :, sizes[k + 1] :].any()
            launched += at.size
    assert launched > 50
    assert run.winners.tolist() == [int(np.argmax(p)) for p in run.potentials]


def test_the_traced_words_are_those_of_the_cores():
    params = ChipParams(layers=(3, 4, 2), thresholds=(1, 1))
    rng = np.random.default_rng(8)
    model = ChipModel(params, network(params.layers, rng))
    tick, address, _, negative = events(1, 900, 40, 3, rng)
    traced = model.trace(tick, address, 10_000, negative)
    records = traced.records
    lines = np.zeros((int(traced.ticks) + 1, 2, 3), bool)
    lines[tick, negative, address] = True
    alone = model.cores()[0].run(lines, traced=True).records
    assert alone is not None
    place = np.searchsorted(alone["tick"], records["tick"], side="right") - 1
    for field in params.cores[0].trace.fields:
        seen = records[f"core_0_{field.name}"][place >= 0]
        assert np.array_equal(seen, alone[field.name][place[place >= 0]]), field.name
    last = records["output_potentials"][-1].astype(int)
    signed = np.where(last >= 2048, last - 4096, last)
    assert signed.tolist() == traced.potentials.tolist()


def test_a_frozen_output_core_hears_nothing():
    params = ChipParams(layers=(1, 1), thresholds=(1,))
    model = ChipModel(params, [np.array([[1]])])
    tick = np.array([1])
    edge = int(model.run(tick, np.zeros(1), np.array([0, 1]), 10**6, keep=True).launches[0].tick[0])
    for frame, potential in ((edge - 1, 0), (edge, 1)):
        run = model.run(tick, np.zeros(1), np.array([0, 1]), frame)
        assert run.potentials.tolist() == [[potential]]
        assert model.trace(tick, np.zeros(1), frame).potentials.tolist() == [potential]


def test_frames_do_not_depend_on_one_another(monkeypatch):
    params = ChipParams(layers=(6, 5, 3), thresholds=(1, 1), policy=Policy.ROUND_ROBIN)
    rng = np.random.default_rng(9)
    model = ChipModel(params, network(params.layers, rng))
    tick, address, bounds, negative = events(6, 3000, 100, 6, rng)
    whole = model.run(tick, address, bounds, 3000, negative)
    for f in range(6):
        own = slice(bounds[f], bounds[f + 1])
        alone = model.run(tick[own], address[own], np.array([0, 100]), 3000, negative[own])
        assert np.array_equal(alone.counts[0], whole.counts[f])
        assert np.array_equal(alone.potentials[0], whole.potentials[f])
    at_once = model.run(tick, address, bounds, 3000, negative, keep=True)
    monkeypatch.setattr("goldspike.model.alwayson.shared.chip_frames.SLICE_FRAMES", 4)
    sliced = model.run(tick, address, bounds, 3000, negative, keep=True)
    assert np.array_equal(sliced.counts, whole.counts)
    assert np.array_equal(sliced.ticks, whole.ticks)
    for found, expected in zip(sliced.launches, at_once.launches, strict=True):
        assert found.bounds.tolist() == expected.bounds.tolist()
        assert np.array_equal(found.tick, expected.tick)
        assert np.array_equal(found.row, expected.row)
    assert not whole.launches


@pytest.mark.slow
def test_the_published_chip_is_its_parts_tick_by_tick():
    rng = np.random.default_rng(11)
    model = ChipModel(ALWAYSON_65NM, network(ALWAYSON_65NM.layers, rng, up=0.55))
    tick, address, bounds, _ = events(2, 60_000, 2500, 256, rng)
    run = model.run(tick, address, bounds, 50_000, keep=True)
    assert run.counts[:, 1:4, model.counted.index("synapse_served")].min() > 50
    for f in range(2):
        own = slice(bounds[f], bounds[f + 1])
        traced = model.trace(tick[own], address[own], 50_000)
        assert run.ticks[f] == traced.ticks
        assert run.potentials[f].tolist() == traced.potentials.tolist()
        for counts, expected in zip(run.counts[f], traced.counts, strict=True):
            assert counts.tolist() == [expected.get(name, 0) for name in model.counted]


def test_published():
    assert ALWAYSON_65NM.synapses == 66_816
    assert sum(ALWAYSON_65NM.layers) == 650


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([np.ones((2, 2))], r"^the chip has 2 weight matrices, not 1$"),
        ([np.ones((2, 2)), np.zeros((2, 1))], r"^weights must be -1 or \+1, not 0\.0$"),
        ([np.ones((2, 2)), np.ones((3, 1))], r"^w2 must have 2 rows, not 3$"),
        ([np.ones((2, 5)), np.ones((5, 1))], r"^layer 2 has 5 neurons, the chip 4$"),
    ],
)
def test_networks_that_do_not_fit_are_refused(weights, message):
    params = ChipParams(layers=(3, 4, 2), thresholds=(1, 1))
    with pytest.raises(ValueError, match=message):
        ChipModel(params, weights)


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match=r"^thresholds must be one per layer but the last, 2, n"):
        ChipParams(layers=(3, 4, 2), thresholds=(1,))
    with pytest.raises(ValueError, match=r"^a chip must have two layers at least, not 1$"):
        ChipParams(layers=(3,), thresholds=())
    model = ChipModel(ChipParams(layers=(3, 2), thresholds=(1,)), [np.ones((3, 2))])
    with pytest.raises(ValueError, match=r"^addresses must be in 0\.\.2$"):
        model.run(np.array([1]), np.array([3]), np.array([0, 1]), 10)


def test_events_that_do_not_fit_are_refused():
    model = ChipModel(ChipParams(layers=(3, 2), thresholds=(1,)), [np.ones((3, 2))])
    tick, bounds = np.array([1, 3, 1]), np.array([0, 2, 3])
    assert model.run(tick, np.zeros(3), bounds, 10).counts.shape[0] == 2
    with pytest.raises(ValueError, match=r"not 3 ticks, 2 addresses and 3 signs$"):
        model.run(tick, np.zeros(2), bounds, 10)
    with pytest.raises(ValueError, match=r"^AER events must be at least 2 ticks apart$"):
        model.run(tick, np.zeros(3), np.array([0, 3]), 10)
    with pytest.raises(ValueError, match=r"^frame must be at least 1, not 0$"):
        model.run(tick, np.zeros(3), bounds, 0)
    with pytest.raises(ValueError, match=r"^bounds must rise from 0 to the number of events, 3$"):
        model.run(tick, np.zeros(3), np.array([0, 2]), 10)
