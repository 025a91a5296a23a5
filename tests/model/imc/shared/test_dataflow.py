"""Three levels say the same: plain convolution, timestep, clock cycle."""

import numpy as np
import pytest

from goldspike.model.imc.chain import ChainModel, ChainParams, CoreWeights, Weights
from goldspike.model.imc.digital_processor import process
from goldspike.model.imc.shared.dataflow import ChainDataflow
from goldspike.model.imc.shared.layer import RESNET32, LayerParams, least_pixels
from goldspike.workloads.imc.convolution import convolve


def chain(*shapes, side=8, channels=2, **change):
    """Return a chain; a shape is (outputs, kernel, stride, padding)."""
    layers = []
    height = side
    for outputs, kernel, stride, padding in shapes:
        layers.append(
            LayerParams(
                height=height, width=height, channels=channels, outputs=outputs, kernel=kernel,
                stride=stride, padding=padding,
            )
        )  # fmt: skip
        height, channels = layers[-1].height_out, outputs
    return ChainParams(layers=tuple(layers), shifts=(9,) * len(layers), classes=3, **change)


def draw(params, seed=1):
    """Draw weights that leave activations of all sizes."""
    rng = np.random.default_rng(seed)
    cores = [
        CoreWeights(
            rng.integers(-128, 128, (layer.rows, layer.outputs)).astype(np.int8),
            rng.integers(1, 1 + max(1, 64 // int(layer.rows**0.5)), layer.outputs) // 4 + 1,
            rng.integers(-900, 900, layer.outputs),
        )
        for layer in params.layers
    ]
    last = rng.integers(-128, 128, (params.layers[-1].outputs, params.classes)).astype(np.int8)
    return Weights(cores, last, rng.integers(-99, 99, params.classes))


def images(params, count, seed=2):
    layer = params.layers[0]
    shape = (count, layer.height, layer.width, layer.channels)
    return np.random.default_rng(seed).integers(-128, 128, shape).astype(np.int8)


def pixels(image):
    """Return an image's pixels in order: x runs fastest."""
    return list(image.transpose(1, 0, 2).reshape(-1, image.shape[2]))


def reference(params, weights, image):
    """Return every layer's output by plain convolution, and the class scores."""
    inputs, outputs = [image], []
    for k, (core, w) in enumerate(zip(params.cores, weights.cores, strict=True)):
        layer = core.layer
        kernels = w.weights.reshape(layer.kernel, layer.kernel, layer.channels, layer.outputs)
        sums = convolve(inputs[-1], kernels, layer)
        out = np.empty(sums.shape, np.int8)
        source = [s for s, sink, _ in params.residuals if sink == k]
        residual = inputs[source[0]] if source else np.zeros(sums.shape, np.int8)
        for place in np.ndindex(sums.shape[:2]):
            process(
                sums[place], w.multiplier, w.bias, residual[place], core.gain, core.shift,
                core.relu, out[place],
            )  # fmt: skip
        inputs.append(out)
        outputs.append(out)
    pooling = params.pooling
    total = outputs[-1].astype(np.int64).sum(axis=(0, 1))
    mean = (total + pooling.pixels // 2) >> pooling.shift
    return outputs, mean @ weights.last.astype(np.int64) + weights.last_bias


def run(params, weights, stack, gaps=None, stalls=()):
    """Run images through the timestep model until everything is computed, at times with gaps.

    With `stalls`, no answer is taken in these timesteps.
    """
    model = ChainDataflow(params, weights, traced=True)
    waiting = [pixel for image in stack for pixel in pixels(image)]
    taken, rng = [], np.random.default_rng(3)
    due = [len(stack) * layer.height_out * layer.width_out for layer in params.layers]
    while model.outputs != due or len(model.answers) < len(stack):
        count = params.replicas[0] if gaps is None or rng.random() > gaps else 0
        accepted = model.timestep(waiting[:count], stall=model.now + 1 in stalls)
        taken += [model.now] * accepted
        waiting = waiting[accepted:]
        assert model.now < 100_000
    return model, taken


CHAINS = {
    "residual": chain((4, 3, 1, 1), (6, 3, 2, 1), (6, 3, 1, 1), (6, 3, 1, 1),
                      residuals=((2, 3, 40),)),
    "no padding": chain((3, 3, 1, 0), (2, 3, 1, 0), side=8),
    "5x5": chain((3, 5, 1, 2), (2, 1, 2, 0), side=8),
    "skipping": chain((3, 2, 3, 1), (2, 1, 1, 0), side=11),
    "odd": chain((3, 3, 2, 1), (2, 3, 2, 1), side=16),
    "parallel": chain((3, 3, 1, 1), (2, 3, 2, 1), replicas=(4, 2)),
}  # fmt: skip


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("gaps", [None, 0.4])
def test_timestep_model_equals_plain_convolution(name, gaps):
    params = CHAINS[name]
    weights, stack = draw(params), images(params, 3)
    model, _ = run(params, weights, stack, gaps)
    made = [[e.pixel for e in model.events if e.core == k] for k in range(len(params.layers))]
    for n, image in enumerate(stack):
        outputs, scores = reference(params, weights, image)
        assert np.array_equal(model.answers[n][2], scores)
        for k, output in enumerate(outputs):
            count = output.shape[0] * output.shape[1]
            got = np.array(made[k][n * count : (n + 1) * count])
            assert np.array_equal(got, np.array(pixels(output)))
    assert np.unique(np.array(made[0])).size > 20  # not all saturated


@pytest.mark.parametrize("name", ["residual", "no padding", "parallel"])
def test_cycle_model_equals_timestep_model(name):
    params = CHAINS[name]
    weights, stack = draw(params), images(params, 2)
    model, _ = run(params, weights, stack)
    cycles = ChainModel(params, weights)
    words = [pixel for image in stack for pixel in pixels(image)]
    for timestep in range(model.now + 2):
        due = params.replicas[0]
        for _ in range(params.timestep):
            word = None
            if due and words:
                word = np.zeros(params.word_bits // 8, np.uint8)
                word[: words[0].size] = words[0].view(np.uint8)
            if cycles.tick(word, run=True):
                words.pop(0)
                due -= 1
        assert len(cycles.answers) == sum(t <= timestep for t, _, _ in model.answers)
    for k, core in enumerate(cycles.cores):
        pushed = [row for row in core.records["output"] if row[1]]
        per_pixel = params.cores[k].output.words
        ticks = [row[0] for row in pushed][per_pixel - 1 :: per_pixel]
        seen = [(tick - 1) // params.timestep for tick in ticks]
        assert seen == [e.timestep for e in model.events if e.core == k]
        kinds = [row[1] for row in core.records["memory"]]
        counts = (model.writes[k], model.reads[k])
        assert (kinds.count(0), len(kinds) - kinds.count(0)) == counts
    for answer, (_, said, scores) in zip(cycles.answers, model.answers, strict=True):
        assert answer.answer == said and np.array_equal(answer.scores, scores)


@pytest.mark.parametrize("name", ["small", "small parallel"])
def test_back_pressure_at_random_loses_nothing(name):
    """Answers are not taken for up to 60 timesteps; both models, timestep by timestep."""
    shapes = (2, 3, 1, 1), (3, 3, 2, 1)
    params = chain(*shapes, side=4, replicas=(2, 2) if name == "small parallel" else ())
    weights, stack, rng = draw(params), images(params, 12), np.random.default_rng(5)
    ends = np.cumsum(rng.integers(1, 60, 40))
    stalls = {t for a, b in zip(ends[::2], ends[1::2], strict=True) for t in range(a, b)}
    model, taken = run(params, weights, stack, stalls=stalls)
    assert np.diff(taken).max() > 10  # the first core had to wait
    for n, image in enumerate(stack):
        assert np.array_equal(model.answers[n][2], reference(params, weights, image)[1])
    cycles, words = ChainModel(params, weights), [p for image in stack for p in pixels(image)]
    for timestep in range(model.now + 2):
        due = params.replicas[0]
        for tick in range(params.timestep):
            stall = timestep - (tick == 0) in stalls  # a link's timestep begins behind its step
            word = np.zeros(params.word_bits // 8, np.uint8) if due and words else None
            if word is not None:
                word[: words[0].size] = words[0].view(np.uint8)
            if cycles.tick(word, run=True, stall=stall):
                words.pop(0)
                due -= 1
        assert len(cycles.answers) == sum(t <= timestep for t, _, _ in model.answers)
    for answer, (_, _, scores) in zip(cycles.answers, model.answers, strict=True):
        assert np.array_equal(answer.scores, scores)


@pytest.mark.parametrize("name", ["residual", "no padding", "5x5", "parallel"])
def test_one_pixel_per_timestep_without_a_bubble(name):
    params = CHAINS[name]
    _, taken = run(params, draw(params), images(params, 3))
    per_step = params.replicas[0]
    assert taken == [n // per_step for n in range(len(taken))]


@pytest.mark.parametrize(("side", "padding"), [(8, 1), (5, 0), (16, 1)])
def test_first_output_comes_with_the_least_pixels(side, padding):
    params = chain((1, 3, 1, padding), (1, 1, 1, 0), side=side) if padding else None
    params = params or chain((1, 3, 1, 0), (1, 2, 1, 0), side=side)
    model, _ = run(params, draw(params), images(params, 1))
    first = next(e.timestep for e in model.events if e.core == 0)
    assert first == least_pixels(side, 3, padding) - 1


def resnet_core(layer):
    return LayerParams(
        height=layer.height, width=layer.width, channels=1, outputs=1, kernel=layer.kernel,
        stride=layer.stride, padding=layer.padding,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("replicas", "stored", "latency"),
    [
        ((1, 1, 1), True, 1618),
        ((4, 2, 1), True, 526),
        ((1, 1, 1), False, 1651),
        ((4, 2, 1), False, 535),
    ],
)
def test_timesteps_of_resnet_32(replicas, stored, latency):
    """The 31 convolutions, one channel each: the first image's last output, and the interval.

    The published 1,618 and 526 come out if the image is `stored` in layer 1's memory already, so
    that this layer computes from the start: a kernel of one pixel stands in for it. With its own
    kernel and the image coming in pixel by pixel, layer 1 has to wait for 34 pixels (33 timesteps
    more; with four pixels at once 9).
    """
    layers, parallel = [], []
    for name, count, layer in RESNET32:
        if name == "1" and stored:
            layers.append(
                LayerParams(height=32, width=32, channels=1, outputs=1, kernel=1, padding=0)
            )
            parallel.append(replicas[0])
        elif name not in ("RS1", "RS2", "FC"):
            group = {32: 0, 16: 1, 8: 2}[layer.height_out]
            layers += [resnet_core(layer)] * count
            parallel += [replicas[group]] * count
    params = ChainParams(
        layers=tuple(layers), shifts=(0,) * len(layers), classes=2, replicas=tuple(parallel)
    )
    model, taken = run(params, draw(params), np.zeros((2, 32, 32, 1), np.int8))
    assert taken == [n // replicas[0] for n in range(2048)]
    ends = [e.timestep for e in model.events if e.core == 30][63::64]
    assert ends[0] + 1 == latency
    assert ends[1] - ends[0] == 1024 // replicas[0]
