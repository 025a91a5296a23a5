"""How fast the array's timestep model runs: ResNet-32 against an int32 convolution in NumPy.

Both compute the same integer layers of the same images in one process and in turns, on one core.
The timestep model moves every pixel and partial sum over its streams, memories and queues, timestep
by timestep; NumPy lays the windows out as a matrix (im2col), multiplies in int32, scales, rounds
and saturates. Their answers must be equal. Seconds are of processor time, medians over the turns.
Prints a table and writes ``build/bench/imc_array.json``. Weights are drawn at random unless a
network and images are given.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from goldspike.charts import text_table
from goldspike.model.files import write_json
from goldspike.model.imc.shared.array import ArrayParams
from goldspike.model.imc.shared.dataflow import ArrayDataflow
from goldspike.model.paths import BUILD
from goldspike.workloads.dataset import load_dataset
from goldspike.workloads.imc.network import Cnn
from goldspike.workloads.imc.resnet import (
    CIFAR,
    FloatLayer,
    ResNet,
    load_resnet,
    quantise,
    shortcut,
)

TURNS = 3
BLOCK = 20
"""Images that NumPy computes at once."""


def drawn() -> ResNet:
    """Return a ResNet-32 of 16, 28 and 56 channels with weights at random."""
    rng, layers = np.random.default_rng(1), []

    def add(inputs: int, outputs: int, stride: int, source: int, added: int = -1) -> int:
        weights = rng.integers(-127, 128, (3, 3, inputs, outputs)).astype(np.int8)
        scale = np.full(outputs, 0.7 / (127 * (9 * inputs) ** 0.5), np.float32)
        bias = rng.normal(0, 0.1, outputs).astype(np.float32)
        layers.append(FloatLayer("", weights, scale, bias, stride, source, added))
        return len(layers) - 1

    last, channels = add(3, 16, 1, -1), 16
    for group, outputs in enumerate((16, 28, 56)):
        for block in range(5):
            source = last
            first = add(channels, outputs, 1 + (group > 0 and block == 0), source)
            if channels != outputs:
                layers.append(shortcut("", channels, outputs, source))
                source, channels = len(layers) - 1, outputs
            last = add(outputs, outputs, 1, first, source)
    matrix = rng.integers(-127, 128, (56, 10)).astype(np.int8)
    return ResNet(layers, matrix, np.full(10, 0.01, np.float32), np.zeros(10, np.float32))


def windows(x: np.ndarray, kernel: int, stride: int, padding: int) -> np.ndarray:
    """Return im2col of images (n, h, w, c) as int32 (n, h', w', F F c)."""
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    view = np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel), axis=(1, 2))
    view = view[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3)
    return view.reshape(*view.shape[:3], -1).astype(np.int32)


def numpy_scores(net: Cnn, array: ArrayParams, images: np.ndarray) -> np.ndarray:
    """Return class scores of images, int8 (n, h, w, c), by int32 convolutions."""
    made: list[np.ndarray] = []
    for k, stage in enumerate(array.stages):
        taken, layer = images if stage.source < 0 else made[stage.source], stage.layer
        matrix = net.kernels[k].reshape(-1, layer.outputs).astype(np.int32)
        sums = windows(taken, layer.kernel, layer.stride, layer.padding) @ matrix
        total = sums.astype(np.int64) * net.multipliers[k] + net.biases[k]
        if stage.residual >= 0:
            source = stage.residual
            added = made[source if array.shortcut(source) else array.stages[source].source]
            total += added.astype(np.int64) * stage.gain
        value = (total + (1 << stage.shift >> 1)) >> stage.shift
        made.append(np.clip(value, 0 if stage.relu else -128, 127).astype(np.int8))
    total = made[-1].sum(axis=(1, 2), dtype=np.int64)
    pixels = made[-1].shape[1] * made[-1].shape[2]
    return (total + pixels // 2) // pixels @ net.last.astype(np.int64) + net.last_bias


def measured(run: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """Return the seconds of processor time of a call, and what it returned."""
    begin = time.process_time()
    found = run()
    return time.process_time() - begin, found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--net", help="network with float scales (.npz)")
    parser.add_argument("--data", help="images (.npz)")
    parser.add_argument("--samples", type=int, default=BLOCK)
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(1)
    x = rng.integers(0, 256, (options.samples, 32, 32, 3)).astype(np.uint8)
    if options.data:
        x = load_dataset(options.data, colours=True).x[: options.samples]
    net = quantise(load_resnet(options.net) if options.net else drawn(), x[:BLOCK])
    array, images = net.array(32, 256), CIFAR.activations(x)
    pixels = images.transpose(0, 2, 1, 3).reshape(-1, 3)

    def timesteps() -> np.ndarray:
        model = ArrayDataflow(array, net.weights, most_answers=len(images))
        model.run(pixels, 1 << 62)
        return np.array([scores for _, _, scores in model.answers])

    def numpy_blocks() -> np.ndarray:
        blocks = range(0, len(images), BLOCK)
        return np.concatenate([numpy_scores(net, array, images[b : b + BLOCK]) for b in blocks])

    contenders = {"timestep model": timesteps, "NumPy int32 im2col": numpy_blocks}
    ArrayDataflow(array, net.weights).run(pixels[:100], 100)  # compile first
    spent: dict[str, list[float]] = {name: [] for name in contenders}
    with threadpool_limits(1):
        for _ in range(TURNS if len(images) <= BLOCK else 1):
            found = {}
            for name, run in contenders.items():
                seconds, found[name] = measured(run)
                spent[name].append(seconds)
            if not np.array_equal(*found.values()):
                raise SystemExit("the two do not give the same scores")
    medians = {name: statistics.median(times) for name, times in spent.items()}
    ratio = medians["timestep model"] / medians["NumPy int32 im2col"]
    rows = [
        (name, f"{seconds:.2f}", f"{1000 * seconds / len(images):.1f}")
        for name, seconds in medians.items()
    ]
    print(text_table((f"{len(images)} images", "seconds", "ms per image"), rows))
    print(f"the timestep model takes {ratio:.2f} times as long")
    write_json(
        BUILD / "bench" / "imc_array.json",
        {"images": len(images), "seconds": medians, "ratio": ratio},
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
