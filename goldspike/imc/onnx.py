"""ONNX files to CNNs of whole numbers: ``goldspike import --chip imc``."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from goldspike.chip import Choices
from goldspike.imc.engine import run_model, total
from goldspike.imc.loaded import placed
from goldspike.model.errors import InputError
from goldspike.model.files import write_json
from goldspike.model.guard import guard_files
from goldspike.model.imc.shared.array import ArrayParams
from goldspike.model.paths import user_path
from goldspike.simulation import choose_count
from goldspike.workloads.dataset import Dataset, Split, check_labels, load_dataset
from goldspike.workloads.imc.network import Cnn, ImageScale, save_cnn
from goldspike.workloads.imc.onnx_file import Graph, read_graph
from goldspike.workloads.imc.onnx_graph import layers_of
from goldspike.workloads.imc.onnx_layers import FloatNet, Floats
from goldspike.workloads.imc.onnx_quantise import calibrate, losses, quantise
from goldspike.workloads.settings import Setting, read_settings, real, whole

__all__ = ["SETTINGS", "import_onnx", "run_graph", "table"]


def reals(text: str) -> tuple[float, ...]:
    """Read numbers separated by commas."""
    return tuple(real(number) for number in text.split(","))


SETTINGS = {
    "mean": Setting(
        read=reals, default="0", help="of every colour, 0..1: the network takes grey levels less it"
    ),
    "deviation": Setting(read=reals, default="1", help="of every colour: and over this one"),
    "images": Setting(
        read=whole, default="512", help="training images that activations are calibrated on"
    ),
    "percentile": Setting(
        read=real, default="99.9", help="of a layer's activations, which becomes 127"
    ),
}
"""What ``goldspike import`` may set besides the chip's own settings."""
_BATCH = 64


@contextmanager
def about(path: Path) -> Iterator[None]:
    """Let a sentence about what is wrong begin with the file's name, once, and end like one."""
    try:
        yield
    except InputError as error:
        said = str(error).removeprefix(f"{user_path(path)}: ").rstrip(".")
        raise InputError(f"{path}: {said}.") from None


def import_onnx(
    path: str | Path,
    out: str | Path,
    *,
    chip_settings: Mapping[str, Setting],
    data: str | None = None,
    samples: int | None = None,
    assignments: Sequence[str] = (),
    report: str | Path | None = None,
) -> dict[str, Any]:
    """Read an ONNX graph, round it to the chip's integers, write the network.

    Parameters
    ----------
    path, out : path
        The ONNX file and the network file (.npz) to write.
    chip_settings : mapping of str to Setting
        Those of the chip that may be set, too; the network must fit a chip with them.
    data : str, optional
        Data set: activations are calibrated on its training part, accuracies measured on its test
        part.
    samples : int, optional
        How many test images, from the start.
    assignments : sequence of str
        ``NAME=VALUE`` settings.
    report : path, optional
        JSON file for what is returned.

    Returns
    -------
    dict
        What became of the network and, with `data`, of its accuracy, layer by layer.

    Raises
    ------
    InputError
        If the chip lacks something, which is said with the node, or anything asked for cannot be
        had; nothing written earlier is touched.
    """
    path, out = Path(path), Path(out)
    guard_files(reads=[path, data], writes=[out, report])
    known = {k: v for k, v in chip_settings.items() if k != "calibration"} | SETTINGS
    values = read_settings(assignments, known, "imc")
    given = {
        name: values.pop(name, SETTINGS[name].read(SETTINGS[name].default)) for name in SETTINGS
    }
    if given["images"] < 1 or not 0 < given["percentile"] <= 100:
        raise InputError("images must be 1 or more, and percentile above 0 and at most 100.")
    with about(path):
        graph = read_graph(path)
        net = layers_of(graph)
    scale = image_scale(given["mean"], given["deviation"], graph.channels)
    tuned = None
    if data is not None:
        training = part(data, "train", graph, net).x[: given["images"]]
        tuned = scale.floats(training).astype(np.float64)
    with about(path):
        scales = calibrate(net, scale.step, tuned, given["percentile"])
        cnn = quantise(net, scales, scale)
        params = on_cores(net, cnn, graph.side, values)
    result: dict[str, Any] = {
        "chip": "imc", "onnx": path.name, "net": out.name, "side": graph.side,
        "cores": len(params.cores) + 1, "notes": net.notes,
    }  # fmt: skip
    if data is not None:
        test = part(data, "test", graph, net)
        count = choose_count(samples, "model", len(test), len(test))
        x, y = test.x[:count], test.y[:count]
        floats, taken = (a.astype(np.float64) for a in (scale.floats(x), scale.activations(x)))
        right = np.mean(run_graph(graph, floats).argmax(axis=1) == y)
        ours, layers = losses(net, cnn, scales, (floats, taken), y)
        result |= {
            "data": test.name,
            "samples": count,
            "accuracy": {"graph": float(right), "layers": ours, "chip": layers[-1].accuracy},
            "layers": [layer.as_dict() for layer in layers],
        }
    meta = {"chip": "imc", "made_by": f"goldspike import {path.name}", "side": graph.side}
    save_cnn(out, cnn, meta)
    if report:
        write_json(report, result)
    return result


def on_cores(net: FloatNet, cnn: Cnn, side: int, values: Mapping[str, Any]) -> ArrayParams:
    """Return the array that runs a network, and see two black images come through.

    Raises
    ------
    InputError
        If a layer does not fit, which is named, or layers wait for each other for ever.
    """
    try:
        params, *_ = placed(cnn, side, Choices(values=values))
    except (ValueError, TypeError) as error:
        depth, bits = values.get("depth", 512), values.get("word_bits", 128)
        words = [-(-layer.kernel.shape[2] * 8 // bits) for layer in net.layers]
        sizes = [x.side * len(x.kernel) * n for x, n in zip(net.layers, words, strict=True)]
        large = [k for k, size in enumerate(sizes) if size > depth]
        stage = re.search(r"stage (\d+)", str(error))
        found = [int(stage[1]) - 1] if stage else large
        if not found:
            raise InputError(f"{error}") from None
        raise InputError(
            f"node {net.layers[found[0]].name!r}: {error}; --set crossbar=256 splits large layers, "
            "--set depth=N is what a core holds"
        ) from None
    blank = np.zeros((2, side, side, cnn.kernels[0].shape[2]), np.int8)
    total([*run_model(params, cnn.weights, blank)])
    return params


def image_scale(mean: tuple[float, ...], deviation: tuple[float, ...], channels: int) -> ImageScale:
    """Return how images become what the network takes; one number stands for all colours.

    Raises
    ------
    InputError
        If there are too few numbers or too many, or they are out of range.
    """
    found = [tuple(np.resize(part, channels).tolist()) for part in (mean, deviation)]
    for name, part in (("mean", mean), ("deviation", deviation)):
        if len(part) not in (1, channels) or not all(0 <= number <= 1 for number in part):
            raise InputError(f"{name} must be a number in 0..1, or one for each of the "
                             f"{channels} colours.")  # fmt: skip
    if not all(deviation):
        raise InputError("deviation must be above 0.")
    return ImageScale(mean=found[0], deviation=found[1])


def part(data: str, split: Split, graph: Graph, net: FloatNet) -> Dataset:
    """Return a part of a data set whose images have the network's size.

    Raises
    ------
    InputError
        If it cannot be read or does not fit the network.
    """
    dataset = load_dataset(data, split, colours=True)
    check_labels(dataset, net.last.bias.size)
    x = dataset.x[..., None] if dataset.x.ndim == 3 else dataset.x
    want = (graph.side, graph.side, graph.channels)
    if x.shape[1:] != want:
        raise InputError(
            f"{dataset.name}: expected images of {' x '.join(map(str, want))} for this network, "
            f"not {' x '.join(map(str, x.shape[1:]))}."
        )
    return replace(dataset, x=x)


def run_graph(graph: Graph, x: Floats) -> Floats:
    """Return the scores that ONNX's reference implementation gives for images, (n, classes)."""
    from onnx.reference import ReferenceEvaluator

    session, batch = ReferenceEvaluator(graph.model), graph.batch or _BATCH
    planes = x.transpose(0, 3, 1, 2).astype(np.float32)
    scores: list[Floats] = []
    for first in range(0, len(x), batch):
        taken = planes[first : first + batch]
        filled = np.resize(taken, (graph.batch or len(taken), *taken.shape[1:]))
        (found,) = cast("list[Floats]", session.run(None, {graph.image: filled}))
        scores.append(found[: len(taken)])
    return np.concatenate(scores).reshape(len(x), -1)


def table(result: Mapping[str, Any]) -> str:
    """Return an import's report as a table for the screen."""
    side, cores = result["side"], result["cores"]
    rows = [
        ("network", f"{result['onnx']} as {result['net']}, {side} x {side} pixels, {cores} cores")
    ]
    rows += [("note", note) for note in result["notes"]]
    if "accuracy" in result:
        found = {name: f"{100 * value:.2f} %" for name, value in result["accuracy"].items()}
        rows += [
            ("data", f"{result['data']}, {result['samples']} samples"),
            ("float", f"{found['graph']} by the graph, {found['layers']} by its layers here"),
        ]
        for layer in result["layers"]:
            right, weights, activations, over = (
                100 * layer[key] for key in ("accuracy", "weight_error", "error", "saturated")
            )
            rows += [
                (layer["name"], f"{layer['shape']}: {right:.2f} % with integers up to here"),
                ("", f"rounding error: weights {weights:.2f} %, activations {activations:.2f} %; "
                 f"{over:.3f} % saturate"),
            ]  # fmt: skip
        rows.append(("integers", f"{found['chip']}, as on the chip"))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {text}" for name, text in rows)
