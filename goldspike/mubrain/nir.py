"""NIR files to µBrain networks and back: ``goldspike import`` and ``goldspike export``."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.imports import about
from goldspike.model.errors import InputError
from goldspike.model.files import write_json
from goldspike.model.guard import guard_files
from goldspike.model.timebase import seconds
from goldspike.mubrain.loaded import LoadedNetwork
from goldspike.mubrain.nir_misfits import leaks, lost_layers, size_misfits
from goldspike.mubrain.nir_stages import STAGE_NAMES, accuracies
from goldspike.workloads.mubrain.placing import CODING, place, settings_of
from goldspike.workloads.mubrain.quantise import LayerReport, best_gain, best_period, quantise
from goldspike.workloads.mubrain.settings import SETTINGS, Settings
from goldspike.workloads.network import FORMAT, Network, load_network, save_network
from goldspike.workloads.nir_graph import (
    DEFAULT_DT,
    Chain,
    read_graph,
    refuse_misfits,
    write_chain,
)
from goldspike.workloads.settings import read_settings

__all__ = ["export_nir", "import_nir", "table"]

KEPT = (*CODING, "bias_period")
"""What our own export says about a network besides its weights."""


def import_nir(
    path: str | Path,
    out: str | Path,
    *,
    data: str | None = None,
    samples: int | None = None,
    gains: str | None = None,
    dt: float | None = None,
    time_step: float | None = None,
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
        ``fit``, or one factor per layer separated by commas; by default 1, for a read-out what
        fits best.
    dt, time_step : float, optional
        See :func:`~goldspike.workloads.nir_graph.read_graph`.
    drop_leak : bool
        Drop a leak that would matter within the window, instead of refusing it.
    assignments : sequence of str
        ``NAME=VALUE`` settings; the input coding and the biases' period go into the network.
    report : path, optional
        JSON file for what is returned.

    Raises
    ------
    InputError
        If the graph is none that the chip can run, which is said of everything at once, or
        anything asked for cannot be had; nothing written earlier is touched.
    """
    path, out = Path(path), Path(out)
    guard_files(reads=[path, data], writes=[out, report])
    chain, misfits = read_graph(path, dt, time_step)
    meta = {key: value for key, value in (chain.meta or {}).items() if key in KEPT}
    values = read_settings(assignments, SETTINGS, "mubrain")
    try:
        settings = settings_of(meta, values, assignments)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    window = seconds(settings.encoding.window)
    factors = choose_gains(gains, chain, settings)
    best = best_period(chain, factors, window, settings.chip.neuron)
    period = settings.bias_period or math.floor(best / seconds(1) + 1e-6)
    if period >= settings.encoding.window and biases(chain, period):
        raise InputError(
            f"{path}: expected a bias_period below the window of {settings.encoding.window} ticks, "
            f"as no bias would strobe, not {period}."
        )
    weights, layers = quantise(chain, factors, window, settings.chip.neuron, seconds(period))
    coding = {name: getattr(settings.encoding, name) for name in CODING}
    said = {"format": FORMAT, "chip": "mubrain", "made_by": f"goldspike import {path.name}"}
    meta = {**said, **coding, **biases(chain, period)}
    misfits += size_misfits(chain, misfits, values.get("sizes"))
    misfits += [*leaks(layers, window, drop_leak), *lost_layers(chain, layers, time_step)]
    with about(path):
        refuse_misfits(misfits)
        net = Network(tuple(weights), meta)
        settings, padded = place(net, values, assignments)
    result: dict[str, Any] = {
        "chip": "mubrain",
        "nir": path.name,
        "net": out.name,
        "sizes": chain.sizes,
        "dt": dt or time_step or DEFAULT_DT,
        "time_step": time_step,
        "bias_period": meta.get("bias_period", 0),
        "notes": [*chain.notes, *weight_notes(chain, layers), *bias_notes(chain, period)],
        "layers": [layer.as_dict() for layer in layers],
    }
    if data is not None:
        loaded = LoadedNetwork(path, settings, padded, network=net, storage_chosen=False)
        result |= accuracies(chain, weights, loaded, data, samples)
    save_network(out, net)
    if report:
        write_json(report, result)
    return result


def biases(chain: Chain, period: int) -> dict[str, Any]:
    """Return what a network file says of its bias inputs."""
    given = [int(layer.slope is not None) for layer in chain.layers]
    return {"bias": np.array(given), "bias_period": period} if any(given) else {}


def weight_notes(chain: Chain, layers: Sequence[LayerReport]) -> list[str]:
    """Say of which layers only the weights' signs are left, and which had no weights."""
    empty = [
        f"{layer.name}: every weight is zero in the file, so no spike gets through"
        for layer in chain.layers
        if not layer.weight.any()
    ]
    return empty + [
        f"{layer.name}: every weight is clipped, so only signs are left; --gain fit scales it"
        for layer, report in zip(chain.layers, layers, strict=True)
        if 0 < report.clipped == np.count_nonzero(layer.weight)
    ]


def bias_notes(chain: Chain, period: int) -> list[str]:
    """Say what becomes of biases."""
    return [
        f"{layer.name}: the bias, a constant current, becomes a strobe on the layer's bias input "
        f"every {1e6 * seconds(period):g} us; potentials climb by steps"
        for layer in chain.layers
        if layer.slope is not None
    ]


def choose_gains(text: str | None, chain: Chain, settings: Settings) -> list[float]:
    """Return every layer's gain."""
    neuron = settings.chip.neuron
    if text in (None, "fit"):
        return [
            best_gain(layer, neuron) if text == "fit" or layer.readout else 1.0
            for layer in chain.layers
        ]
    count = len(chain.layers)
    try:
        gains = [float(part) for part in str(text).split(",")]
    except ValueError:
        gains = []
    if len(gains) != count or not all(np.isfinite(g) and g > 0 for g in gains):
        raise InputError(
            f"The gains must be 'fit' or {count} numbers above 0 separated by commas, not {text!r}."
        )
    return gains


def export_nir(net: str | Path, out: str | Path) -> dict[str, Any]:
    """Write a network of µBrain as a NIR graph.

    Raises
    ------
    InputError
        If the network cannot be read or has no place on the chip, or the file cannot be written.
    """
    path = Path(net)
    guard_files(reads=[path], writes=[out])
    network = load_network(path)
    try:
        settings, weights = place(network, {})
        if any(settings.chip.lateral):
            raise InputError("expected a network without recurrence; NIR has no word for ours.")
        if any(settings.chip.scale):
            raise InputError("expected a network without the scale input, which NIR has not.")
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    write_chain(
        out, weights, settings.chip.neuron.threshold,
        {key: value for key, value in network.meta.items() if key != "bias"},
        biases=settings.chip.biases, period_s=seconds(settings.bias_period),
    )  # fmt: skip
    return {"net": path.name, "nir": Path(out).name, "sizes": settings.chip.sizes}


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
        if layer["biases"]:
            rows.append(
                (
                    "",
                    f"{layer['biases']} biases, {layer['bias_clipped']} clipped, "
                    f"{layer['bias_lost']} lost; {100 * layer['bias_error']:.1f} % of their norm",
                )
            )
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
