"""Arrays tick by tick against the step model: queues, routes and order change no spike."""

from collections.abc import Callable

import numpy as np
import pytest

from goldspike.model.truenorth.array import ArrayParams, network_of
from goldspike.model.truenorth.core import CoreParams
from goldspike.model.truenorth.shared.array_runs import host_run
from goldspike.model.truenorth.shared.image import CoreImage, blank
from goldspike.model.truenorth.shared.steps import SPIKE, Steps


def any_images(
    rng: np.random.Generator, make: Callable[..., CoreImage], params: ArrayParams
) -> list[CoreImage]:
    """Return images whose neurons send anywhere in the array or out by its east links."""
    columns, rows, images = params.columns, params.rows, []
    for core in range(params.cores):
        x, y = core % columns, core // columns
        image = make(rng, params.core.axons, params.core.neurons)
        goal_x = rng.integers(0, columns + 2, image.size)
        goal_y = np.where(goal_x >= columns, y, rng.integers(0, rows, image.size))
        image.neurons["dx"], image.neurons["dy"] = goal_x - x, goal_y - y
        images.append(image)
    return images


@pytest.mark.parametrize(
    ("columns", "rows", "depth", "axons", "neurons"),
    [(1, 1, 1, 5, 3), (2, 2, 1, 20, 12), (3, 2, 2, 40, 24), (1, 3, 4, 40, 24), (3, 1, 3, 7, 11)],
)
def test_ticks_and_steps_agree(
    random_image: Callable[..., CoreImage],
    columns: int,
    rows: int,
    depth: int,
    axons: int,
    neurons: int,
) -> None:
    rng = np.random.default_rng(columns + 10 * rows)
    core = CoreParams(axons=axons, neurons=neurons)
    params = ArrayParams(columns=columns, rows=rows, core=core, depth=depth)
    images, steps = any_images(rng, random_image, params), 30
    inputs = np.zeros(10 * axons, SPIKE)
    inputs["step"] = np.sort(rng.integers(0, steps, inputs.size))
    inputs["axon"] = rng.integers(0, axons, inputs.size)
    inputs["core"] = rng.integers(0, params.cores, inputs.size)
    by_steps = Steps(images, columns, rows, core).run(inputs, steps, depth=depth)
    network = network_of(images, params)
    by_ticks = host_run(network, inputs, steps, core)
    assert network.cores.potentials.tolist() == by_steps.potentials[0].tolist()
    for name in ("events", "merged", "fired", "sent"):
        assert getattr(by_ticks, name).tolist() == getattr(by_steps, name)[0].tolist(), name
    assert sorted(by_ticks.outputs.tolist()) == sorted(by_steps.outputs.tolist())
    waited = by_ticks.busy.sum(axis=0) - by_steps.ticks[0].sum(axis=0)
    assert waited.tolist() == by_ticks.stalls.tolist()
    assert by_steps.step_ticks is not None
    assert by_steps.stalls is not None
    assert by_ticks.ticks.tolist() == by_steps.step_ticks[0].tolist()
    assert by_ticks.stalls.tolist() == by_steps.stalls[0].tolist()


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_cores_wait_for_a_crowded_way(depth: int) -> None:
    """All of three cores fire in every step, and all spikes go to the first one's axons."""
    core = CoreParams(axons=16, neurons=16)
    params = ArrayParams(columns=3, rows=1, core=core, depth=depth)
    images = [blank(16, 16) for _ in range(3)]
    for x, image in enumerate(images):
        image.neurons["alpha"], image.neurons["delay"], image.neurons["dx"] = 0, 1 + x, -x
        image.neurons["axon"] = np.arange(16)
    by_steps = Steps(images, 3, 1, core).run(np.zeros(0, SPIKE), 8, depth=depth)
    by_ticks = host_run(network_of(images, params), np.zeros(0, SPIKE), 8, core)
    assert by_steps.stalls is not None
    assert by_steps.step_ticks is not None
    assert by_steps.stalls.sum() > 0
    assert by_ticks.stalls.tolist() == by_steps.stalls[0].tolist()
    assert by_ticks.ticks.tolist() == by_steps.step_ticks[0].tolist()


def test_an_array_needs_an_image_per_core(random_image: Callable[..., CoreImage]) -> None:
    image = random_image(np.random.default_rng(0), 4, 3)
    params = ArrayParams(columns=2, rows=2, core=CoreParams(axons=4, neurons=3))
    with pytest.raises(ValueError, match="an array of 4 cores needs as many images, not 3"):
        network_of([image] * 3, params)
