"""Spikes depend neither on the depth of queues, nor on the period, nor on where cores lie."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldspike.model.truenorth.array import ArrayParams, network_of
from goldspike.model.truenorth.core import COLUMNS, CoreParams
from goldspike.model.truenorth.shared.array_runs import PINS, host_run, shown_of, simulate
from goldspike.model.truenorth.shared.image import NEURON, CoreImage, blank
from goldspike.model.truenorth.shared.loader import loader_of
from goldspike.model.truenorth.shared.steps import SPIKE, Steps

CORE = CoreParams(axons=9, neurons=6)
CORES, STEPS = 3, 12
PLACES = ((3, 1, (0, 1, 2)), (1, 3, (2, 0, 1)), (2, 2, (3, 1, 0)), (4, 2, (5, 0, 7)))
"""Arrays, columns x rows, and where the three cores lie."""


def any_network(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Return cores whose neurons send to any core, or out (core 3), with their fields."""
    cores = []
    for _ in range(CORES):
        fields = np.zeros(CORE.neurons, NEURON)
        fields["weights"] = rng.integers(-4, 9, (CORE.neurons, 4))
        fields["alpha"] = rng.integers(0, 9, CORE.neurons)
        fields["gamma"] = rng.integers(0, 3, CORE.neurons)
        fields["leak"] = rng.integers(-2, 3, CORE.neurons)
        fields["mask"] = rng.integers(0, 2, CORE.neurons)
        fields["beta"], fields["delay"] = 20, rng.integers(0, 16, CORE.neurons)
        fields["axon"] = rng.integers(0, CORE.axons, CORE.neurons)
        cores.append(
            {
                "connected": rng.random((CORE.axons, CORE.neurons)) < 0.5,
                "types": rng.integers(0, 4, CORE.axons).astype(np.uint8),
                "neurons": fields,
                "goal": rng.integers(0, CORES + 1, CORE.neurons),
                "seed": int(rng.integers(1, 1 << 32)),
            }
        )
    return cores


def laid_out(
    cores: list[dict[str, Any]], columns: int, rows: int, places: tuple[int, ...]
) -> list[CoreImage]:
    """Return the images of an array with the cores at some places."""
    images = [blank(CORE.axons, CORE.neurons)] * (columns * rows)
    for own, place in zip(cores, places, strict=True):
        fields = own["neurons"].copy()
        x, y = place % columns, place // columns
        to = np.array([*places, place])[own["goal"]]
        out = own["goal"] == CORES
        fields["dx"] = np.where(out, columns - x, to % columns - x)
        fields["dy"] = np.where(out, 0, to // columns - y)
        images[place] = CoreImage(
            connected=own["connected"], types=own["types"], neurons=fields, seed=own["seed"]
        )
    return images


@given(st.integers(0, 1 << 30), st.sampled_from(PLACES), st.sampled_from([1, 2, 4]))
@settings(deadline=None, max_examples=40)
def test_neither_depth_nor_places_change_a_spike(
    seed: int, layout: tuple[int, int, tuple[int, ...]], depth: int
) -> None:
    rng = np.random.default_rng(seed)
    cores = any_network(rng)
    inputs = np.zeros(40, SPIKE)
    inputs["step"] = np.sort(rng.integers(0, STEPS, inputs.size))
    inputs["axon"], core = rng.integers(0, CORE.axons, 40), rng.integers(0, CORES, 40)
    found = []
    for columns, rows, places in (PLACES[0], layout):
        images = laid_out(cores, columns, rows, places)
        inputs["core"] = np.array(places)[core]
        run = Steps(images, columns, rows, CORE).run(inputs, STEPS)
        params = ArrayParams(columns=columns, rows=rows, core=CORE, depth=depth)
        network = network_of(images, params)
        ticked = host_run(network, inputs, STEPS, CORE)
        chosen = list(places)
        assert network.cores.potentials[chosen].tolist() == run.potentials[0, chosen].tolist()
        assert sorted(ticked.outputs.tolist()) == sorted(run.outputs.tolist())
        left = run.outputs[["step", "axon"]].tolist()
        found.append((run.potentials[0, chosen].tolist(), run.fired[0, chosen].tolist(),
                      sorted(left)))  # fmt: skip
    assert found[0] == found[1]


@given(st.integers(0, 1 << 30), st.integers(0, 400), st.sampled_from([1, 4]))
@settings(deadline=None, max_examples=30)
def test_a_period_long_enough_changes_no_spike(seed: int, slack: int, depth: int) -> None:
    """As when steps begin with all idle; without an overrun every step has its fired neurons."""
    images = laid_out(any_network(np.random.default_rng(seed)), *PLACES[0])
    params = ArrayParams(columns=3, rows=1, core=CORE, depth=depth)
    fired, ticks = [], 200 * STEPS
    for period in (0, 130 + slack):
        pins = np.zeros((ticks, len(PINS)), np.int64)
        pins[:, PINS.index("run")], pins[:, PINS.index("period")] = 1, period
        shown = shown_of(ticks, ticks, params)
        ready = np.ones((ticks, 1), np.uint8)
        simulate(network_of(images, params), loader_of(CORE), pins, ready, np.zeros(0, np.int64),
                 shown)  # fmt: skip
        assert not shown.flags[:, 3].any()
        columns = {name: shown.cores[:, :, k] for k, name in enumerate(COLUMNS)}
        step = np.cumsum(shown.flags[:, 1])[:, None] + np.zeros_like(columns["fire"])
        hits = (columns["write_back"] == 1) & (step <= 4)
        fired.append([columns[name][:, k][hits[:, k]].tolist() for name in ("fired", "potential")
                      for k in range(CORES)])  # fmt: skip
    assert fired[0] == fired[1]


@pytest.mark.slow
def test_a_million_packets() -> None:
    """All neurons fire in every step, and crowd: none lost, none doubled, none late."""
    core = CoreParams(axons=64, neurons=64)
    params = ArrayParams(columns=3, rows=3, core=core, depth=2)
    images = []
    for number in range(9):
        image = blank(64, 64)
        fields = image.neurons
        goal = np.where(np.arange(64) % 4, 4, (number + np.arange(64)) % 9)  # most to the centre
        fields["alpha"], fields["delay"], fields["axon"] = 0, 1, np.arange(64)
        fields["dx"], fields["dy"] = goal % 3 - number % 3, goal // 3 - number // 3
        images.append(image)
    nothing, steps = np.zeros(0, SPIKE), 1800
    run = host_run(network_of(images, params), nothing, steps, core)
    assert run.sent.sum() == 9 * 64 * steps > 1_000_000
    by_steps = Steps(images, 3, 3, core).run(nothing, steps, depth=2)
    assert by_steps.step_ticks is not None
    assert run.ticks.tolist() == by_steps.step_ticks[0].tolist()
    assert run.stalls.sum() == by_steps.stalls.sum() > 0  # type: ignore[union-attr]
    assert run.merged.tolist() == by_steps.merged[0].tolist()


@pytest.mark.slow
def test_a_million_events() -> None:
    """Of the published core, stochastic modes included: ticks and steps give every potential."""
    rng = np.random.default_rng(9)
    fields = np.zeros(256, NEURON)
    fields["weights"] = rng.integers(-256, 256, (256, 4))
    fields["stochastic_weights"] = rng.integers(0, 2, (256, 4))
    fields["stochastic_leak"], fields["leak"] = rng.integers(0, 2, 256), rng.integers(-99, 99, 256)
    fields["alpha"], fields["beta"] = rng.integers(0, 3000, (2, 256))
    fields["mask"], fields["gamma"] = rng.integers(0, 12, 256), rng.integers(0, 3, 256)
    fields["axon"], fields["delay"] = np.arange(256), rng.integers(1, 16, 256)
    image = CoreImage(
        connected=rng.random((256, 256)) < 0.5,
        types=rng.integers(0, 4, 256).astype(np.uint8),
        neurons=fields,
        seed=12345,
    )
    inputs = np.zeros(9000, SPIKE)
    inputs["step"], inputs["axon"] = np.sort(rng.integers(0, 150, 9000)), rng.integers(0, 256, 9000)
    run = Steps([image]).run(inputs, 150, depth=4)
    assert run.events.sum() > 1_000_000
    params = ArrayParams(columns=1, rows=1)
    network = network_of([image], params)
    ticked = host_run(network, inputs, 150, params.core)
    assert network.cores.potentials.tolist() == run.potentials[0].tolist()
    assert run.step_ticks is not None
    assert ticked.ticks.tolist() == run.step_ticks[0].tolist()
