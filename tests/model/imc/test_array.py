"""The array tick by tick: in every timestep what the level above makes, and the chain's pins."""

import numpy as np
import pytest

from goldspike.cosim.imc.array import BENCH, cut_words
from goldspike.model.imc.shared.array_ticks import ArrayModel
from goldspike.model.imc.shared.dataflow import ArrayDataflow

IMAGES = 2


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
