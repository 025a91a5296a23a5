"""ONNX files to CNNs of whole numbers: ``goldspike import --chip imc``."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from goldspike.chip import Choices
from goldspike.imc.loaded import placed
from goldspike.model.errors import InputError
from goldspike.model.files import write_json
from goldspike.model.guard import guard_files
from goldspike.simulation import choose_count
from goldspike.workloads.dataset import Dataset, Split, check_labels, load_dataset
from goldspike.workloads.imc.network import images, save_cnn
from goldspike.workloads.imc.onnx_file import Graph, read_graph
from goldspike.workloads.imc.onnx_graph import layers_of
from goldspike.workloads.imc.onnx_layers import FloatNet, Floats
from goldspike.workloads.imc.onnx_quantise import calibrate, losses, quantise
from goldspike.workloads.settings import Setting, read_settings, real, whole

__all__ = ["SETTINGS", "import_onnx", "run_graph", "table"]

SETTINGS = {
    "black": Setting(read=real, default="0", help="what the network takes for a black pixel"),
    "white": Setting(read=real, default="1", help="and for a white one"),
    "images": Setting(
        read=whole, default="512", help="training images that activations are calibrated on"
    ),
    "percentile": Setting(
        read=real, default="99.9", help="of a layer's activations, which becomes 127"
    ),
}
"""What ``goldspike import`` may set besides the chip's own settings."""
_BATCH = 64


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
    black, white = given["black"], given["white"]
    if not (np.isfinite([black, white]).all() and black < white):
        raise InputError(f"white must be above black, not {white:g} and {black:g}.")
    if given["images"] < 1 or not 0 < given["percentile"] <= 100:
        raise InputError("images must be 1 or more, and percentile above 0 and at most 100.")
    try:
        graph = read_graph(path)
        net = offset(layers_of(graph), black)
    except InputError as error:
        raise InputError(f"{path}: {error}.") from None
    tuned = None
    if data is not None:
        training = part(data, "train", graph, net)
        tuned = (white - black) * grey(training)[: given["images"]]
    try:
        scales = calibrate(net, (white - black) / 127, tuned, given["percentile"])
        cnn = quantise(net, scales)
        params, _ = placed(cnn, graph.side, Choices(values=values))
    except (InputError, ValueError) as error:
        raise InputError(f"{path}: {error}.") from None
    result: dict[str, Any] = {
        "chip": "imc", "onnx": path.name, "net": out.name, "side": graph.side,
        "cores": len(params.cores) + 1, "notes": net.notes,
    }  # fmt: skip
    if data is not None:
        test = part(data, "test", graph, net)
        count = choose_count(samples, "model", len(test), len(test))
        x, y = (white - black) * grey(test)[:count], test.y[:count]
        taken = images(test.x[:count], graph.side).astype(np.float64)
        right = np.mean(run_graph(graph, x + black).argmax(axis=1) == y)
        ours, layers = losses(net, cnn, scales, (x, taken), y)
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


def offset(net: FloatNet, black: float) -> FloatNet:
    """Take an image whose black is 0 instead of `black`, which goes into the biases.

    Raises
    ------
    InputError
        If black pixels would differ from the zeros around the image.
    """
    first = net.layers[0]
    if black:
        if first.padding:
            raise InputError(
                f"node {first.name!r}: it pads with 0, the chip with black, which is {black:g}"
            )
        first.inherits = False
        first.bias = first.bias + black * first.kernel.sum(axis=(0, 1, 2))
        for layer in net.layers:
            layer.bias = layer.bias + black * (layer.residual == 0)
    return net


def part(data: str, split: Split, graph: Graph, net: FloatNet) -> Dataset:
    """Return a part of a data set whose images have the network's size.

    Raises
    ------
    InputError
        If it cannot be read or does not fit the network.
    """
    dataset = load_dataset(data, split)
    check_labels(dataset, net.last.bias.size)
    height, width = dataset.x.shape[1:]
    if (height, width) != (graph.side, graph.side):
        raise InputError(
            f"{dataset.name}: expected images of {graph.side} x {graph.side} pixels, as the "
            f"network takes them, not {height} x {width}."
        )
    return dataset


def grey(dataset: Dataset) -> Floats:
    """Return images (n, side, side, 1), 0 to 1."""
    return dataset.x[..., None] / 255.0


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
