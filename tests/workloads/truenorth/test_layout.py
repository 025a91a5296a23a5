"""Layers on cores: the step model gives what plain sums give."""

from itertools import pairwise

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.model.paths import ROOT
from goldspike.model.truenorth.core import CoreParams
from goldspike.model.truenorth.shared.steps import Steps
from goldspike.workloads.dataset import digits, prepare
from goldspike.workloads.truenorth.layout import Layout, lay_out
from goldspike.workloads.truenorth.network import Layers, levels, load_network, spike_counts


def drawn(sizes: tuple[int, ...], seed: int) -> Layers:
    rng = np.random.default_rng(seed)
    weights = tuple(rng.integers(-8, 8, s).astype(np.int8) for s in pairwise(sizes))
    return Layers(weights=weights, thresholds=tuple(range(9, 8 + len(sizes))))


def run(found: Layout, inputs: np.ndarray, neurons: int) -> np.ndarray:
    params = CoreParams(axons=found.axons, neurons=neurons)
    array = Steps(found.images, found.columns, found.rows, params)
    ran = array.run(found.encode(inputs), found.steps, len(inputs))
    assert not ran.merged.any()
    return found.decode(ran.outputs, len(inputs))


@pytest.mark.parametrize(
    ("sizes", "axons", "neurons", "cores"),
    [
        ((3, 5), 16, 8, [1]),
        ((4, 4, 4, 4), 16, 16, [1, 1, 1]),
        ((4, 4, 3, 30), 16, 24, [1, 1, 2]),  # two cores of outputs, more than there are axons
        ((2, 4, 4, 20), 16, 16, [2, 2, 2]),
    ],
)
def test_cores_spike_as_plain_sums_do(sizes, axons, neurons, cores) -> None:
    net = drawn(sizes, len(sizes))
    inputs = np.random.default_rng(1).integers(0, 16, (6, sizes[0]))
    found = lay_out(net, axons=axons, neurons=neurons)
    assert [len(some) for some in found.parts] == cores
    wanted = spike_counts(net, inputs)[-1]
    assert wanted.any()
    np.testing.assert_array_equal(run(found, inputs, neurons), wanted)


def test_the_shipped_network_fills_a_core_and_reads_digits() -> None:
    net, _ = load_network(ROOT / "nets" / "truenorth_digits.npz")
    found = lay_out(net)
    assert (found.columns, found.rows, found.steps) == (2, 1, 16)
    first = found.images[0]
    assert first is not None
    assert (first.neurons["delay"] > 0).all()
    data = digits()
    inputs = levels(prepare(data.x, 8))
    counts = run(found, inputs, 256)
    np.testing.assert_array_equal(counts, spike_counts(net, inputs)[-1])
    assert (counts.argmax(axis=1) == data.y).mean() >= 0.97


def test_a_deep_network_lies_better_than_by_chance() -> None:
    found = lay_out(drawn((4, 4, 4, 4, 4, 4, 3), 2), axons=16, neurons=16)
    assert (found.columns, found.rows) == (3, 2)
    placed, by_chance = found.placement
    assert placed == 5 * 16 + 3  # a link to every next core, from (0, 0) on, and one out
    assert by_chance > 1.3 * placed


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((65, 4), "Expected at most 64 inputs of layer 1, not 65"),
        ((4, 65, 4), "Expected at most 64 inputs of layer 2, not 65"),
        ((4, 64, 64, 64 * 260), "A neuron of layer 2 would need 260 copies"),
    ],
)
def test_what_does_not_fit_is_named(sizes: tuple[int, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        lay_out(drawn(sizes, 0))
