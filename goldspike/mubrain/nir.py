"""NIR files to µBrain networks and back: ``goldspike import`` and ``goldspike export``."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.model.errors import InputError
from goldspike.model.files import require_writable, write_json
from goldspike.model.mubrain.chip import ChipModel
from goldspike.model.mubrain.readout import ReadoutModel
from goldspike.model.timebase import seconds
from goldspike.progress import progress
from goldspike.simulation import choose_count
from goldspike.workloads.dataset import check_labels, load_dataset, prepare
from goldspike.workloads.mubrain.encoding import encode
from goldspike.workloads.mubrain.placing import CODING, place, settings_of
from goldspike.workloads.mubrain.quantise import best_gain, quantise
from goldspike.workloads.mubrain.reference import Reset, run_chain
from goldspike.workloads.mubrain.settings import SETTINGS, Settings
from goldspike.workloads.network import FORMAT, Network, load_network, save_network
from goldspike.workloads.nir_graph import DEFAULT_DT, Chain, FloatLayer, read_chain, write_chain
from goldspike.workloads.settings import read_settings

__all__ = ["export_nir", "import_nir", "table"]

LEAK_ALLOWED = 0.05
"""Largest part of a potential that a dropped leak may have taken in a window unasked."""

STAGE_NAMES = {
    "nir_zero": "floats, reset to zero",
    "nir_subtract": "floats, reset by subtraction",
    "rounded": "rounded, reset by subtraction",
    "chip": "golden model of the chip",
}
"""The steps from the graph to the chip, in order; see :func:`accuracies`."""
READ_OUTS = ("shortest_isi", "count")


def import_nir(
    path: str | Path,
    out: str | Path,
    *,
    data: str | None = None,
    samples: int | None = None,
    gains: str | None = None,
    dt: float = DEFAULT_DT,
    drop_leak: bool = False,
    assignments: Sequence[str] = (),
    report: str | Path | None = None,
) -> dict[str, Any]:
    """Read a NIR graph, round it to the chip's weights, write the network; return what it cost.

    Parameters
    ----------
    path, out : path
        The NIR file and the network file (.npz) to write.
    data : str, optional
        Data set on which the accuracy before and after is measured.
    samples : int, optional
        How many of them, from the start.
    gains : str, optional
        ``fit``, or one factor per layer separated by commas; 1 by default.
    dt : float
        See :func:`~goldspike.workloads.nir_graph.read_chain`.
    drop_leak : bool
        Drop a leak that would matter within the window, instead of refusing it.
    assignments : sequence of str
        ``NAME=VALUE`` settings; the input coding goes into the network.
    report : path, optional
        JSON file for what is returned.

    Raises
    ------
    InputError
        If the graph is none that the chip can run, or anything asked for cannot be had; nothing
        written earlier is touched.
    """
    path, out = Path(path), Path(out)
    chain = read_chain(path, dt)
    meta = {key: value for key, value in (chain.meta or {}).items() if key in CODING}
    values = read_settings(assignments, SETTINGS, "mubrain")
    settings = settings_of({k: plain(v) for k, v in meta.items()}, values, assignments)
    window = seconds(settings.encoding.window)
    weights, layers = quantise(
        chain, choose_gains(gains, chain, settings), window, settings.chip.neuron
    )
    for layer in layers:
        if layer.leak > LEAK_ALLOWED and not drop_leak:
            raise InputError(
                f"{path}: expected neurons that do not leak, but {layer.name!r} would lose "
                f"{100 * layer.leak:.0f} % of a potential within the window of {1e3 * window:g} ms;"
                " --drop-leak imports them without their leak."
            )
    coding = {name: getattr(settings.encoding, name) for name in CODING}
    said = {"format": FORMAT, "chip": "mubrain", "made_by": f"goldspike import {path.name}"}
    net = Network(tuple(weights), {**said, **coding})
    try:
        settings, padded = place(net, values, assignments)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    result: dict[str, Any] = {
        "chip": "mubrain",
        "nir": path.name,
        "net": out.name,
        "dt": dt,
        "notes": list(chain.notes),
        "layers": [layer.as_dict() for layer in layers],
    }
    for target in (out, report):
        if target:
            require_writable(target, path, data)
    if data is not None:
        result |= accuracies(chain, weights, padded, settings, data, samples)
    save_network(out, net)
    if report:
        write_json(report, result)
    return result


def plain(value: Any) -> Any:
    """Return a scalar read from HDF5 as a Python value."""
    return value.item() if isinstance(value, np.generic) else value


def choose_gains(text: str | None, chain: Chain, settings: Settings) -> list[float]:
    """Return every layer's gain."""
    count = len(chain.layers)
    if text is None:
        return [1.0] * count
    if text == "fit":
        return [best_gain(layer, settings.chip.neuron) for layer in chain.layers]
    try:
        gains = [float(part) for part in text.split(",")]
    except ValueError:
        gains = []
    if len(gains) != count or not all(np.isfinite(g) and g > 0 for g in gains):
        raise InputError(
            f"The gains must be 'fit' or {count} numbers above 0 separated by commas, not {text!r}."
        )
    return gains


def accuracies(
    chain: Chain,
    weights: list[np.ndarray],
    padded: list[np.ndarray],
    settings: Settings,
    data: str,
    samples: int | None,
) -> dict[str, Any]:
    """Return the accuracy of every stage, over the same events.

    ``nir_zero`` and ``nir_subtract``: the graph as it is, in floats, with either reset;
    ``rounded``: the integer weights in the same ideal network, reset by subtraction; ``chip``: the
    golden model, with its floor at zero, its arbiters and its time.
    """
    dataset = load_dataset(data)
    check_labels(dataset, weights[-1].shape[1])
    side = int(settings.chip.sizes[0] ** 0.5)
    x, y = prepare(dataset.x, side), dataset.y
    count = choose_count(samples, "model", len(y), len(y))
    inputs = chain.layers[0].weight.shape[0]
    if inputs != side * side:
        raise InputError(
            f"{dataset.name}: expected a network of {side * side} inputs for images of {side} x "
            f"{side} pixels, but it has {inputs}."
        )
    chip = ChipModel(settings.chip, padded)
    readout = ReadoutModel(replace(settings.chip.readout, classes=weights[-1].shape[1]))
    ideal = rounded_chain(chain, weights, settings)
    stages: dict[str, tuple[Chain, Reset]] = {
        "nir_zero": (chain, "zero"),
        "nir_subtract": (chain, "subtract"),
        "rounded": (ideal, "subtract"),
    }
    right = {stage: dict.fromkeys(READ_OUTS, 0) for stage in STAGE_NAMES}
    merged = 0
    for k in progress(range(count), "accuracy before and after", count):
        tick, address = encode(x[k], settings.encoding, k)
        answers = {
            stage: readout.answer(*run_chain(graph, tick, address, reset)[-1])
            for stage, (graph, reset) in stages.items()
        }
        run = chip.run(tick, address)
        merged += sum(layer.arbiter.merge_tick.size for layer in run.layers)
        answers["chip"] = run.answer
        for stage, answer in answers.items():
            for name in READ_OUTS:
                right[stage][name] += int(getattr(answer, name) == y[k])
    return {
        "data": dataset.name,
        "samples": count,
        "merged": merged,
        "accuracy": {
            stage: {name: n / count for name, n in found.items()} for stage, found in right.items()
        },
    }


def rounded_chain(chain: Chain, weights: list[np.ndarray], settings: Settings) -> Chain:
    """Return the integer weights as an ideal network of the same size."""
    threshold = float(settings.chip.neuron.threshold)
    layers = []
    for layer, weight in zip(chain.layers, weights, strict=True):
        level = np.full(weight.shape[1], threshold)
        layers.append(
            FloatLayer(layer.name, weight.astype(np.float64), level, np.full_like(level, np.inf))
        )
    return Chain(tuple(layers))


def export_nir(net: str | Path, out: str | Path) -> dict[str, Any]:
    """Write a network of µBrain as a NIR graph.

    Raises
    ------
    InputError
        If the network cannot be read or has no place on the chip, or the file cannot be written.
    """
    path = Path(net)
    network = load_network(path)
    try:
        settings, _ = place(network, {})
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    write_chain(out, network, settings.chip.neuron.threshold)
    return {"net": path.name, "nir": Path(out).name, "sizes": network.sizes}


def table(result: dict[str, Any]) -> str:
    """Return an import's report as a table for the screen."""
    rows = [("network", f"{result['nir']} as {result['net']}")]
    for layer in result["layers"]:
        low, high = layer["scale_min"], layer["scale_max"]
        scale = f"{low:g}" if low == high else f"{low:g}..{high:g}"
        rows += [
            (
                layer["name"],
                f"{layer['weights']} weights, times {scale} (gain {layer['gain']:.4g})",
            ),
            ("", f"{layer['clipped']} clipped to +-7, {layer['lost']} lost to zero"),
            (
                "",
                f"rounding error {layer['error_rms']:.3f} LSB rms, {layer['error_max']:.3f} max;"
                f" {100 * layer['relative_error']:.1f} % of the weights' norm, clipping included",
            ),
        ]
        if layer["leak"]:
            rows.append(
                ("", f"leak dropped: up to {100 * layer['leak']:.2g} % of a potential a window")
            )
    rows += [("note", note) for note in result["notes"]]
    if "accuracy" in result:
        rows.append(("data", f"{result['data']}, {result['samples']} samples"))
        for stage, found in result["accuracy"].items():
            said = ", ".join(f"{100 * value:.2f} % by {name}" for name, value in found.items())
            rows.append((STAGE_NAMES[stage], said))
        rows.append(("merged", f"{result['merged']} spikes on the chip"))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {text}" for name, text in rows)
