"""Run recorded events through µBrain: ``goldspike sim mubrain --events FILE``."""

import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.charts import new_figure
from goldspike.chip import Recording, RunsNetworks
from goldspike.model.errors import InputError, LockstepError
from goldspike.model.files import write_json
from goldspike.model.guard import beside, guard_files
from goldspike.model.mubrain.aer_input import LINE_DELAY
from goldspike.model.mubrain.chip import ChipParams, ChipRun, layer_names
from goldspike.model.paths import BUILD
from goldspike.mubrain.engine import ModelEngine, SampleResult
from goldspike.mubrain.event_set import simulate_set
from goldspike.mubrain.loaded import load
from goldspike.mubrain.metrics import measure
from goldspike.mubrain.raster import draw_raster
from goldspike.mubrain.sender import check_counts, check_time, pixels, reading, to_send
from goldspike.progress import waiting
from goldspike.simulation import check_engine, net_path
from goldspike.workloads.events import (
    WRITABLE,
    find_labelled,
    read_events,
    write_events,
)
from goldspike.workloads.mubrain.event_input import Sent

__all__ = ["model_spikes", "simulate_events", "trace_spikes"]

Spikes = tuple[np.ndarray, np.ndarray]
"""Ticks and lines."""


def simulate_events(
    chip: RunsNetworks,
    recording: Recording,
    *,
    net: str | None = None,
    engine: str = "model",
    config: str | None = None,
    assignments: Sequence[str] = (),
    out: Path | None = None,
    out_events: Path | None = None,
    raster: Path | None = None,
) -> dict[str, Any]:
    """Run one event file as one sample, or a labelled set; write report, spikes and raster.

    Parameters
    ----------
    chip : RunsNetworks
        µBrain.
    recording : Recording
        See :func:`~goldspike.workloads.events.read_events`; its options are ``unit``,
        ``columns``, ``begin``, ``end`` and ``sort``, and the sender's ``sensor`` and ``polarity``.
        Labelled sets (:func:`~goldspike.workloads.events.find_labelled`) run a sample each.
    net, engine, config, assignments
        As for :func:`~goldspike.simulation.simulate`.
    out, out_events, raster : Path, optional
        Report (JSON), output spikes (.csv or .npz) and raster (PNG); by default
        ``build/sim/mubrain-events.json`` and, beside the report, ``.csv`` and ``.png``. The raster
        is left out where matplotlib is missing, unless it was asked for by name.

    Raises
    ------
    InputError
        If anything that was asked for cannot be had; nothing written earlier is touched.
    """
    check_engine(chip, engine)
    path = net_path(chip, net, config)
    out = out or BUILD / "sim" / "mubrain-events.json"
    spikes_path = out_events or beside(out, ".csv")
    drawn = raster or beside(out, ".png")
    guard_files(reads=[path, recording.path], writes=[out, spikes_path, drawn])
    loaded = load(path, chip.choose(config, assignments))
    events, options = recording.path, recording.options
    pixels(options.get("sensor"))  # before anything is read
    labelled = find_labelled(events)
    if labelled is not None:
        refuse_given({"--out-events": out_events, "--raster": raster}, events)
        return simulate_set(loaded, path, recording, labelled, engine=engine, out=out)
    if "samples" in options:
        raise InputError(
            f"--samples and --events exclude each other, as {events} is one recording and no "
            "labelled set."
        )
    settings, params = loaded.settings, loaded.params(engine)
    if raster:
        new_figure(1, 1)
    if spikes_path.suffix.lower() not in WRITABLE:
        raise InputError(f"{spikes_path}: expected a file to write that ends in .csv or .npz.")
    with waiting(f"reading {events}"):
        recorded = read_events(events, **reading(options))
        sent = to_send(recorded, events, options, params, settings.encoding.tick_ns)

    begin = time.perf_counter()
    try:
        strobes = settings.strobes(int(sent.tick[-1]) + 1 if sent.tick.size else 0)
        with waiting(f"mubrain, {engine}"):
            result, spikes = run(engine, params, loaded.weights, sent, strobes)
    except LockstepError as error:
        raise LockstepError(f"{error}; events of {events}") from None
    check_time(result.ticks, params, events)
    check_counts(spikes["output"], params, events)
    tick_ns = settings.encoding.tick_ns
    report = {
        "chip": "mubrain",
        "net": path.name,
        "events": Path(events).name,
        "engine": engine,
        "sender": sent.counts(),
        "answers": result.answers,
        "counts": result.counts,
        "ticks": result.ticks,
        "interval": result.interval,
        "neurobench": measure(params, loaded.network, result.counts, result.ticks, 1),
        "out_events": spikes_path.name,
        "raster": drawn.name if find_spec("matplotlib") else "",
        "wall_seconds": round(time.perf_counter() - begin, 3),
    }
    write_events(spikes_path, sent.time(spikes["output"][0], tick_ns), spikes["output"][1])
    if report["raster"]:
        title = f"{report['events']} through {path.name} on µBrain ({engine})"
        draw_raster(of_raster(spikes, params.sizes, tick_ns), title, drawn)
    write_json(out, report)
    return report


def refuse_given(options: Mapping[str, Path | None], events: str) -> None:
    """Refuse options that make no sense for a labelled set."""
    for name, target in options.items():
        if target is not None:
            raise InputError(f"{name} is for one recording, but {events} is a labelled set.")


def of_raster(
    spikes: Mapping[str, Spikes], sizes: Sequence[int], tick_ns: float
) -> dict[str, tuple[Spikes, int]]:
    """Return what a raster shows: by part of the chip, milliseconds and lines, and its lines."""
    lines = dict(zip(spikes, (*sizes, sizes[-1]), strict=True))
    return {
        name: ((tick * tick_ns * 1e-6, line), lines[name]) for name, (tick, line) in spikes.items()
    }


def run(
    engine: str,
    chip: ChipParams,
    weights: list[np.ndarray],
    sent: Sent,
    strobes: tuple[np.ndarray, ...] = (),
) -> tuple[SampleResult, dict[str, Spikes]]:
    """Run events and strobes of biases; return the sample's result and every part's spikes."""
    if engine == "model":
        model = ModelEngine(chip, weights)
        golden = model.chip.run(sent.tick, sent.address, strobes)
        return model.result(golden), model_spikes(golden, chip, sent)
    from goldspike.mubrain.circuit import run_seen

    result, records = run_seen(engine, chip, weights, (sent.tick, sent.address, strobes))
    return result, trace_spikes(records, chip, sent)


def model_spikes(golden: ChipRun, chip: ChipParams, sent: Sent) -> dict[str, Spikes]:
    """Return the spikes of every part of a golden run: ticks after which they are up, and lines."""
    spikes = {"input": launched(chip, sent)}
    for name, layer in zip(layer_names(chip), golden.layers, strict=True):
        spikes[name] = (layer.tick, layer.line)
    return spikes | {"output": (golden.output.tick, golden.output.line)}


def trace_spikes(records: np.ndarray, chip: ChipParams, sent: Sent) -> dict[str, Spikes]:
    """Return the spikes of every part as the circuit's trace shows them."""
    spikes = {"input": launched(chip, sent)}
    for name in layer_names(chip):
        part = records[(records[name] == 1) & (records[f"{name}_fired"] != 0).any(axis=1)]
        bits = np.unpackbits(part[f"{name}_fired"], axis=1, bitorder="little")
        row, line = np.nonzero(bits)
        spikes[name] = (part["tick"][row].astype(np.int64), line.astype(np.int64))
    part = records[records["output"] == 1]
    rises = part[np.diff(part["output_strobe"].astype(np.int8), prepend=0) == 1]
    ticks, lines = rises["tick"].astype(np.int64), rises["output_address"].astype(np.int64)
    return spikes | {"output": (ticks, lines)}


def launched(chip: ChipParams, sent: Sent) -> Spikes:
    """Return the events whose address names a line, at the tick of their edge."""
    known = sent.address < chip.sizes[0]
    return sent.tick[known] + LINE_DELAY, sent.address[known]
