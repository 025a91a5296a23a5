"""The step model against the core's ticks: spikes, potentials, ticks, merges."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from goldspike.model.truenorth.core import COLUMNS, CoreParams, core_tick, cores_of
from goldspike.model.truenorth.shared.image import CoreImage
from goldspike.model.truenorth.shared.steps import SPIKE, Steps

OUT = {name: k for k, name in enumerate(COLUMNS)}


def any_spikes(rng: np.random.Generator, count: int, steps: int, axons: int) -> np.ndarray:
    """Return `count` spikes for the first sample."""
    spikes = np.zeros(count, SPIKE)
    spikes["step"] = np.sort(rng.integers(0, steps, count))
    spikes["axon"] = rng.integers(0, axons, count)
    return spikes


def step_by_ticks(cores, step: int, spikes: np.ndarray) -> dict[str, list]:
    """Run a step of a single core; its spikes with dx = 0 come back on the next tick."""
    out = np.zeros((1, len(COLUMNS)), np.int64)
    seen: dict[str, list] = {"potential": [], "fired": [], "left": [], "merged": [], "ticks": [1]}
    for spike in spikes:
        core_tick(cores, 0, 0, 0, 1, step % 16, int(spike["axon"]), 1, out)
        seen["merged"].append(out[0, OUT["merged"]])
    core_tick(cores, 0, 1, 0, 0, 0, 0, 1, out)
    back = (0, 0, 0)
    while True:
        core_tick(cores, 0, 0, 0, *back, 1, out)
        shown = dict(zip(COLUMNS, out[0].tolist(), strict=True))
        seen["merged"].append(shown["merged"])
        if not shown["busy"]:
            return seen
        seen["ticks"][0] += 1
        back = (0, 0, 0)
        if shown["out_valid"] and shown["out_dx"] == 0:
            back = (1, shown["out_slot"], shown["out_axon"])
        elif shown["out_valid"]:
            seen["left"].append((shown["out_slot"], shown["out_dx"] - 1, shown["out_axon"]))
        if shown["write_back"]:
            seen["potential"].append(shown["potential"])
            seen["fired"].append(shown["fired"])


@pytest.mark.parametrize(
    ("axons", "neurons", "drawn"),
    [(1, 1, True), (5, 3, True), (40, 24, True), (40, 24, False), (256, 256, True)],
)
def test_steps_are_the_ticks(
    random_image: Callable[..., CoreImage], axons: int, neurons: int, *, drawn: bool
) -> None:
    rng = np.random.default_rng(axons)
    image = random_image(rng, axons, neurons, drawn=drawn)
    events_compared(rng, image, CoreParams(axons=axons, neurons=neurons), 25)


@pytest.mark.slow
def test_a_million_events(random_image: Callable[..., CoreImage]) -> None:
    rng = np.random.default_rng(7)
    image = random_image(rng, 256, 256)
    assert events_compared(rng, image, CoreParams(), 120) >= 1_000_000


def events_compared(
    rng: np.random.Generator, image: CoreImage, params: CoreParams, count: int
) -> int:
    """Run `count` steps with random spikes in both models, all equal; return their events."""
    axons = params.axons
    spikes = any_spikes(rng, count * axons // 4 + 3, count, axons)
    run = Steps([image], params=params).run(spikes, count, traced=True)
    cores, merged, left = cores_of([image], params), 0, []
    assert run.traced_potentials is not None
    assert run.traced_fired is not None
    for step in range(count):
        seen = step_by_ticks(cores, step, spikes[spikes["step"] == step])
        assert seen["potential"] == run.traced_potentials[0, step, 0].tolist()
        assert seen["fired"] == run.traced_fired[0, step, 0].tolist()
        assert seen["ticks"] == run.ticks[0, step].tolist()
        merged += sum(seen["merged"])
        left += seen["left"]
    outputs = run.outputs
    sent = zip((outputs["step"] % 16).tolist(), outputs["dx"].tolist(), outputs["axon"].tolist(),
               strict=True)  # fmt: skip
    assert left == list(sent)
    assert merged == run.merged.sum()
    assert run.fired.sum() == run.traced_fired.sum()
    return int(run.events.sum())


def test_samples_start_alike(random_image: Callable[..., CoreImage]) -> None:
    rng = np.random.default_rng(5)
    array = Steps([random_image(rng, 12, 9)], params=CoreParams(axons=12, neurons=9))
    once = any_spikes(rng, 60, 20, 12)
    thrice = np.tile(once, 3)
    thrice["sample"] = np.repeat(np.arange(3), once.size)
    run = array.run(thrice, 20)
    single = array.run(once, 20)
    for sample in range(3):
        mine = run.outputs[run.outputs["sample"] == sample]
        for name in ("step", "dx", "axon"):
            assert mine[name].tolist() == single.outputs[name].tolist()
        assert run.potentials[sample].tolist() == single.potentials[0].tolist()
    shorter = array.run(thrice, np.array([20, 7, 20]))
    assert shorter.events[1] == run.events_per_step[1, :7].sum()


@pytest.mark.parametrize(("name", "value"), [("dx", -1), ("dy", 1), ("axon", 12), ("dx dy", 1)])
def test_a_spike_must_go_somewhere(
    random_image: Callable[..., CoreImage], name: str, value: int
) -> None:
    image = random_image(np.random.default_rng(2), 12, 9)
    fields = image.neurons.copy()
    fields["dx"], fields["delay"] = 0, 1
    for field in name.split():
        fields[field][4] = value
    with pytest.raises(ValueError, match=r"core \(0, 0\), neuron 4: its spikes go to"):
        Steps([replace(image, neurons=fields)], params=CoreParams(axons=12, neurons=9))
