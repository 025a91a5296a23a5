"""A sparseRec layer: its core, Eq. 5, its trainer."""

from dataclasses import replace

import numpy as np
import pytest

from goldspike.workloads.dataset import digits, prepare
from goldspike.workloads.truenorth.network import levels
from goldspike.workloads.truenorth.sparse_recurrent import (
    BITS,
    Layer,
    Recurrence,
    core_image,
    layer_counts,
    scores,
)
from goldspike.workloads.truenorth.sparse_recurrent_training import (
    SparseParams,
    gradients,
    train,
    windows_of_drives,
    windows_of_spikes,
)

DRAWN = Recurrence.drawn(0)


def random_layer(k: int, tmax: int, *, recurrent: bool = True, low: int = -2) -> Layer:
    """A layer whose weights are seldom -2, so that it is not silent."""
    rng = np.random.default_rng(k)
    return Layer(
        inputs=rng.choice([-2, -1, 0, 0, 1, 1, 1], (64, k)).clip(low).astype(np.int8),
        outputs=rng.integers(-127, 128, (128, 10)).astype(np.int8),
        recurrence=DRAWN,
        recurrent=recurrent,
        tmax=tmax,
    )


def test_the_recurrence_is_the_papers() -> None:
    assert DRAWN.connected.sum() == 3277
    assert DRAWN.inhibits.sum() == 64
    radius = abs(np.linalg.eigvals(DRAWN.matrix / DRAWN.threshold)).max()
    assert radius == pytest.approx(0.95, rel=0.5 / DRAWN.threshold)
    sources, targets = np.nonzero(DRAWN.matrix)
    negative = DRAWN.matrix[sources, targets] < 0
    np.testing.assert_array_equal(negative, DRAWN.inhibits[sources])
    for target in range(128):  # one size for all that it is given
        assert len(set(abs(DRAWN.matrix[:, target])) - {0}) == 1
    assert (Recurrence.drawn(1).connected != DRAWN.connected).any()


def test_the_core_is_full_and_its_synapses_add_up_to_the_weights() -> None:
    layer = random_layer(40, 1)
    image = core_image(layer)
    fields = image.neurons
    for copy in (0, 128):
        given = image.connected[:128, copy : copy + 128].reshape(64, 2, 128)
        np.testing.assert_array_equal(np.tensordot(given, BITS, (1, 0))[:, :40], layer.inputs)
        assert not given[:, :, 40:].any()
        kinds = fields["weights"][copy : copy + 128][:, image.types[128:]].T
        got = image.connected[128:, copy : copy + 128] * kinds
        np.testing.assert_array_equal(got, DRAWN.matrix)
    np.testing.assert_array_equal(fields["weights"][:, :2], [[-2 * layer.unit, layer.unit]] * 256)
    np.testing.assert_array_equal(fields["axon"], [*range(128, 256), *range(128)])
    np.testing.assert_array_equal(fields["delay"], [15] * 128 + [1] * 128)


@pytest.mark.parametrize(("k", "tmax", "recurrent"), [(128, 0, True), (32, 2, True), (9, 2, False)])
def test_the_core_counts_as_plain_sums_do(k: int, tmax: int, recurrent: bool) -> None:
    layer = random_layer(k, tmax, recurrent=recurrent)
    inputs = np.random.default_rng(0).integers(0, 16, (5, 64))
    found, events = layer_counts(layer, inputs)
    wanted, _ = windows_of_spikes(layer, inputs)
    np.testing.assert_array_equal(found, wanted[-1])
    assert found.any()
    assert found[:, k:].any() == (recurrent and tmax > 0)
    assert events > 0
    np.testing.assert_array_equal(scores(layer, found), found @ layer.outputs.astype(int))


def test_drives_are_equation_5() -> None:
    layer = random_layer(20, 2, low=0)
    inputs = np.random.default_rng(3).integers(0, 3, (4, 64)).astype(float)
    padded = np.zeros((4, 128))
    padded[:, :20] = inputs @ layer.inputs * (layer.unit / DRAWN.threshold)
    for seen, drives in (
        windows_of_drives(layer, inputs, np.random.default_rng(0)),
        windows_of_spikes(layer, inputs.astype(int)),
    ):
        np.testing.assert_allclose(drives[0], padded, atol=1e-6)
        for before, drive in zip(seen, drives[1:], strict=False):
            wanted = padded + before @ DRAWN.matrix / DRAWN.threshold
            np.testing.assert_allclose(drive, wanted, atol=1e-6)


def test_the_gradient_goes_through_all_windows() -> None:
    rng = np.random.default_rng(5)
    layer = random_layer(6, 2, low=0)
    inputs = rng.integers(0, 4, (3, 64)).astype(float)
    outputs, y = rng.normal(0, 0.1, (128, 4)), np.array([0, 3, 1])
    matrix, gain = DRAWN.matrix / DRAWN.threshold, layer.unit / DRAWN.threshold

    def run(weights: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        first = np.zeros((3, 128))
        first[:, :6] = inputs @ weights * gain
        drives, seen = [first], first.clip(0, 15)
        for _ in range(2):
            drives.append(first + seen @ matrix)
            seen = drives[-1].clip(0, 15)
        return seen, drives

    def cost(weights: np.ndarray, outputs: np.ndarray) -> float:
        logits = run(weights)[0] @ outputs
        return float(np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(3), y]))

    weights = layer.inputs.astype(float)
    seen, drives = run(weights)
    ones = np.ones_like(seen)
    found = gradients(layer, outputs, inputs, seen, drives, ones, y)
    for place in [(0, 0), (17, 3), (63, 5), (30, 1)]:
        step = np.zeros_like(weights)
        step[place] = 1e-5
        slope = (cost(weights + step, outputs) - cost(weights - step, outputs)) / 2e-5
        assert found[0][place] == pytest.approx(slope, rel=1e-4, abs=1e-9)
    for place in [(0, 0), (5, 3), (100, 2)]:
        step = np.zeros_like(outputs)
        step[place] = 1e-5
        slope = (cost(weights, outputs + step) - cost(weights, outputs - step)) / 2e-5
        assert found[1][place] == pytest.approx(slope, rel=1e-4, abs=1e-9)


def test_a_layer_learns_and_equal_seeds_give_equal_layers() -> None:
    data = digits("train")
    x = levels(prepare(data.x, 8))
    params = SparseParams(k=32, epochs=12)
    layer, _ = train(x[:1000], data.y[:1000], 10, params)
    found, _ = layer_counts(layer, x[1000:])
    assert (scores(layer, found).argmax(axis=1) == data.y[1000:]).mean() > 0.8
    assert layer.inputs.min() >= -2
    assert layer.inputs.max() <= 1
    short = replace(params, epochs=1)
    first, second = (train(x[:200], data.y[:200], 10, short)[0] for _ in range(2))
    np.testing.assert_array_equal(first.inputs, second.inputs)
    np.testing.assert_array_equal(first.outputs, second.outputs)


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^k must be in 1\.\.128"):
        SparseParams(k=129)
    with pytest.raises(ValueError, match="dropout must be at least 0 and below 1"):
        SparseParams(dropout=1.0)
    with pytest.raises(ValueError, match=r"^inputs must be -2\.\.1, not 2\.\.2$"):
        Layer(inputs=np.full((4, 2), 2, np.int8), outputs=np.zeros((128, 3), np.int8),
              recurrence=DRAWN)  # fmt: skip
