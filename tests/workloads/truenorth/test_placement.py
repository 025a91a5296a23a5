"""Placement: as good as the best of all where that can be known, and nothing goes elsewhere."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldspike.model.errors import InputError
from goldspike.model.truenorth.core import CoreParams
from goldspike.model.truenorth.shared.image import CoreImage, blank
from goldspike.model.truenorth.shared.steps import SPIKE, Steps
from goldspike.workloads.truenorth.placement import (
    Traffic,
    hops,
    moved,
    place,
    random_hops,
    traffic,
)

SIZE = CoreParams(axons=8, neurons=8)


def drawn(cores: int, seed: int) -> Traffic:
    rng = np.random.default_rng(seed)
    between = rng.integers(0, 20, (cores, cores)) * (rng.random((cores, cores)) < 0.4)
    return Traffic(between, rng.integers(0, 9, cores), rng.integers(0, 9, cores))


@pytest.mark.parametrize(("cores", "columns", "rows"), [(6, 3, 2), (5, 3, 2), (4, 4, 1)])
def test_the_best_of_all_is_found_where_all_can_be_tried(cores, columns, rows) -> None:
    found = drawn(cores, cores)
    best = min(
        hops(found, np.array(places), columns, rows)
        for places in permutations(range(columns * rows), cores)
    )
    assert hops(found, place(found, columns, rows), columns, rows) == best


def test_a_large_array_beats_chance() -> None:
    found = drawn(40, 1)
    places = place(found, 7, 6, starts=2)
    assert len(set(places.tolist())) == 40
    assert places.max() < 42
    assert hops(found, places, 7, 6) < 0.85 * random_hops(found, 7, 6, draws=20)


def ring(columns: int, rows: int, seed: int) -> list[CoreImage | None]:
    """Cores whose neurons send anywhere in the array, or out of it to the east."""
    rng = np.random.default_rng(seed)
    images: list[CoreImage | None] = []
    for core in range(columns * rows):
        fields = blank(8, 8).neurons.copy()
        goal = rng.integers(0, columns * rows, 8)
        out = rng.random(8) < 0.3
        fields["dx"] = np.where(
            out, columns - core % columns + core, goal % columns - core % columns
        )
        fields["dy"] = np.where(out, 0, goal // columns - core // columns)
        fields["axon"], fields["delay"] = rng.permutation(8), rng.integers(0, 4, 8)
        fields["alpha"], fields["weights"] = 3, (1, 2, 3, -2)
        images.append(
            CoreImage(
                connected=rng.random((8, 8)) < 0.6,
                types=rng.integers(0, 4, 8).astype(np.uint8),
                neurons=fields,
            )
        )
    return images


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_cores_that_move_spike_as_before(seed: int) -> None:
    columns, rows, wide, high = 3, 2, 2, 4
    images = ring(columns, rows, seed)
    rng = np.random.default_rng(seed)
    inputs = np.zeros(60, SPIKE)
    inputs["step"] = np.sort(rng.integers(0, 12, 60))
    inputs["core"], inputs["axon"] = rng.integers(0, 6, 60), rng.integers(0, 8, 60)
    before = Steps(images, columns, rows, SIZE).run(inputs, 20)
    found = traffic(images, columns, before.sent[0][:, None] * np.ones((6, 8)) // 8)
    places = place(found, wide, high, starts=seed % 2)
    there = moved(images, columns, places, wide, high)
    arrived = inputs.copy()
    arrived["core"] = places[inputs["core"]]
    after = Steps(there, wide, high, SIZE).run(arrived, 20)
    np.testing.assert_array_equal(after.fired[0][places], before.fired[0])
    lines = ["sample", "step", "dx", "axon"]
    np.testing.assert_array_equal(
        np.sort(after.outputs[lines], order=lines), np.sort(before.outputs[lines], order=lines)
    )


def test_hops_are_those_of_the_step_model() -> None:
    images = ring(3, 2, 5)
    inputs = np.zeros(16, SPIKE)
    inputs["core"], inputs["axon"] = np.repeat([0, 4], 8), np.tile(np.arange(8), 2)
    ran = Steps(images, 3, 2, SIZE).run(inputs, 15, traced=True)
    assert ran.traced_fired is not None
    found = traffic(images, 3, ran.traced_fired[0].sum(axis=0))
    assert ran.hops.sum() > 0
    assert hops(found, np.arange(6), 3, 2) == ran.hops.sum()


def test_too_small_an_array_is_refused() -> None:
    with pytest.raises(InputError, match="Expected an array of 6 cores or more, not 5 x 1"):
        place(drawn(6, 0), 5, 1)
