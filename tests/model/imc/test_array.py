"""The array tick by tick: in every timestep what the level above makes, and the chain's pins."""

import numpy as np
import pytest

from goldspike.cosim.imc.array import BENCH, array, cut_words, stage
from goldspike.model.imc.shared.array_ticks import ArrayModel
from goldspike.model.imc.shared.dataflow import ArrayDataflow

IMAGES = 2
STALLED = 96
"""Pixels that are sent, and two images more, while answers are taken at times only."""

ARRAYS = {
    **{name: BENCH.configs[name] for name in ("rows", "cut", "residual", "parallel", "stalling")},
    **{name: BENCH.large[name] for name in ("2x2", "mixed")},
    "one pixel": array(stage(1, 2, 2, kernel=1)),
    "two images a timestep": array(stage(1, 2, 2, kernel=1, replicas=2)),
    "four pixels": array(stage(2, 5, 5, kernel=1), word_bits=8),
}


def pixel_of(words, slices):
    """Return the channels that words carry."""
    return np.concatenate(
        [w[:count].view(np.int8) for w, (_, count) in zip(words, slices, strict=True)]
    )


@pytest.mark.parametrize(
    "config", ["rows", "narrow", "cut", "residual", "shortcut", "parallel", "open"]
)
def test_ticks_and_timesteps_agree(config):
    bench, rng = BENCH(config), np.random.default_rng(1)
    params, weights = bench.params, bench.draw(rng)
    shape = (IMAGES, *params.stages[0].taken)
    images = rng.integers(-128, 128, shape).astype(np.int8)
    model = ArrayModel(params, weights)
    above = ArrayDataflow(params, weights, traced=True)
    pixels = images.transpose(0, 2, 1, 3).reshape(-1, shape[-1])
    words = np.concatenate([cut_words(params, image) for image in images])
    flat = words.reshape(-1, words.shape[2])
    taken = came = idle = 0
    while idle < 30:
        came += above.timestep(pixels[came : came + bench.per_step])
        idle = 0 if above.moves else idle + 1
        for _ in range(params.timestep):
            due = taken < came * words.shape[1]
            taken += model.tick(flat[taken] if due else None, run=True)
        assert taken == came * words.shape[1]
    assert [a.answer for a in model.answers] == [name for _, name, _ in above.answers]
    assert len(model.answers) == (IMAGES if params.classes else 0)
    assert not model.late
    records = model.trace()
    for k, core in enumerate(params.circuits):
        events = [event for event in above.events if event.core == k]
        ticks = records[f"core{k}.crossbar"]["tick"]
        assert ((ticks - 1) // params.timestep).tolist() == [e.timestep for e in events]
        out = records[f"core{k}.output"]
        sent = np.ascontiguousarray(out["word"][out["popped"] == 1])
        if core.last:
            slices = core.processor.slices
            made = [pixel_of(w, slices) for w in sent.reshape(len(events), len(slices), -1)]
            np.testing.assert_array_equal(made, [e.pixel for e in events])


def stalled(params, *, since):
    """Run both models with stalls; return the timestep in which they differ, and in what.

    The stall of a timestep goes from its tick `since` to the tick before that in the next one.
    """
    bench, rng = BENCH("stalled", params), np.random.default_rng(1)
    weights = bench.draw(rng)
    taken = params.stages[0].taken
    count = 2 + STALLED // (taken[0] * taken[1])
    shape = (count, *taken)
    images = rng.integers(-128, 128, shape).astype(np.int8)
    model, above = ArrayModel(params, weights), ArrayDataflow(params, weights, traced=True)
    pixels = images.transpose(0, 2, 1, 3).reshape(-1, shape[-1])
    words = np.concatenate([cut_words(params, image) for image in images])
    flat, size = words.reshape(-1, words.shape[2]), words.shape[1]
    taken = came = timestep = 0
    stall = before = False
    while len(above.answers) < count:
        before, stall = stall, stall ^ (rng.random() < 0.1)
        came += above.timestep(pixels[came : came + bench.per_step], stall=stall)
        due = taken + bench.per_step * size
        for tick in range(params.timestep):
            word = flat[taken] if taken < min(due, len(flat)) else None
            taken += model.tick(word, run=True, stall=before if tick < since else stall)
        found = taken, len(model.answers)
        if found != (came * size, len(above.answers)):
            return timestep, found, (came * size, len(above.answers))
        timestep += 1
    assert [list(a.scores) for a in model.answers] == [list(row[2]) for row in above.answers]
    return None


@pytest.mark.parametrize("name", ARRAYS)
def test_ticks_and_timesteps_agree_while_answers_wait(name):
    assert stalled(ARRAYS[name], since=1) is None


@pytest.mark.parametrize("name", ["one pixel", "stalling", "2x2"])
def test_a_stall_that_is_over_on_the_first_tick_is_over_in_the_timestep_before(name):
    found = stalled(ARRAYS[name], since=0)
    assert found is not None
    _, (taken, answers), (came, expected) = found
    assert answers > expected or taken > came
