"""Run recorded events through µBrain: ``goldspike sim mubrain --events FILE``."""

import time
from concurrent.futures import Future
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.waves.diagram import need_matplotlib
from goldspike.model.errors import InputError
from goldspike.model.files import require_writable, write_json
from goldspike.model.mubrain.aer_input import LINE_DELAY
from goldspike.model.mubrain.chip import ChipParams, ChipRun, layer_names
from goldspike.model.paths import BUILD
from goldspike.model.timebase import seconds
from goldspike.mubrain.engine import (
    ENGINES,
    LockstepEngine,
    ModelEngine,
    RtlEngine,
    SampleResult,
    Seen,
)
from goldspike.mubrain.raster import draw_raster
from goldspike.mubrain.simulate import choose_chip
from goldspike.workloads.events import WRITABLE, read_events, write_events
from goldspike.workloads.mubrain.event_input import Sent, send

__all__ = ["model_spikes", "simulate_events", "table", "trace_spikes"]

Spikes = tuple[np.ndarray, np.ndarray]
"""Ticks and lines."""


def simulate_events(
    *,
    events: str,
    net: str | None = None,
    engine: str = "model",
    assignments: list[str] | None = None,
    unit: str | None = None,
    sensor: tuple[int, int] | None = None,
    polarity: str = "both",
    out: Path | None = None,
    out_events: Path | None = None,
    raster: Path | None = None,
) -> dict[str, Any]:
    """Run one event file as one sample; write report, output spikes and raster.

    Parameters
    ----------
    events : str
        See :func:`~goldspike.workloads.events.read_events`.
    net, engine, assignments
        As for :func:`~goldspike.mubrain.simulate.simulate`.
    unit : str, optional
        Unit of the file's times, where it does not name it.
    sensor, polarity
        As for :func:`~goldspike.workloads.mubrain.event_input.to_addresses`.
    out, out_events, raster : Path, optional
        Report (JSON), output spikes (.csv or .npz) and raster (PNG); by default
        ``build/sim/mubrain-events.json`` and, beside the report, ``.csv`` and ``.png``. The raster
        is left out where matplotlib is missing, unless it was asked for by name.

    Raises
    ------
    InputError
        If anything that was asked for cannot be had; nothing written earlier is touched.
    """
    path, settings, chip, weights = choose_chip(net, engine, assignments or [])
    out = out or BUILD / "sim" / "mubrain-events.json"
    out_events = out_events or out.with_suffix(".csv")
    drawn = raster or out.with_suffix(".png")
    if raster:
        need_matplotlib()
    if out_events.suffix.lower() not in WRITABLE:
        raise InputError(f"{out_events}: expected a file to write that ends in .csv or .npz.")
    for target in (out, out_events, drawn):
        require_writable(target, path, events)
    recorded = read_events(events, unit)
    try:
        sent = send(
            recorded, chip.aer_input, sensor=sensor, polarity=polarity,
            tick_ns=settings.encoding.tick_ns, last_tick=(1 << chip.readout.time_bits) - 1,
        )  # fmt: skip
    except InputError as error:
        raise InputError(f"{events}: {str(error)[:1].lower()}{str(error)[1:]}") from None

    begin = time.perf_counter()
    try:
        result, spikes = run(engine, chip, weights, sent)
    except LockstepError as error:
        raise LockstepError(f"{error}; events of {events}") from None
    check_counts(spikes["output"], chip, events)
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
        "out_events": out_events.name,
        "raster": drawn.name if find_spec("matplotlib") else "",
        "wall_seconds": round(time.perf_counter() - begin, 3),
    }
    write_events(out_events, sent.time(spikes["output"][0], tick_ns), spikes["output"][1])
    if report["raster"]:
        sizes = dict(zip(spikes, (*chip.sizes, chip.sizes[-1]), strict=True))
        parts = {
            name: ((tick * tick_ns * 1e-6, line), sizes[name])
            for name, (tick, line) in spikes.items()
        }
        draw_raster(parts, f"{report['events']} through {path.name} on µBrain ({engine})", drawn)
    write_json(out, report)
    return report


def run(
    engine: str, chip: ChipParams, weights: list[np.ndarray], sent: Sent
) -> tuple[SampleResult, dict[str, Spikes]]:
    """Run the events; return what an engine says of a sample, and the spikes of every part."""
    runner = ENGINES[engine](chip, weights)
    try:
        if isinstance(runner, ModelEngine):
            golden = runner.chip.run(sent.tick, sent.address)
            return runner.result(golden), model_spikes(golden, chip, sent)
        circuit = runner if isinstance(runner, RtlEngine) else runner.rtl
        seen = circuit.seen(sent.tick, sent.address)
        if isinstance(runner, LockstepEngine):
            done: Future[Seen] = Future()
            done.set_result(seen)
            result = runner.compare((sent.tick, sent.address), done)
        else:
            result = circuit.result(seen)
        return result, trace_spikes(seen.records, chip, sent)
    finally:
        runner.close()


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


def check_counts(output: Spikes, chip: ChipParams, events: str) -> None:
    """Refuse a recording in which a class spikes more often than the read-out can count."""
    most = int(np.bincount(output[1], minlength=1).max())
    room = (1 << chip.readout.count_bits) - 1
    if most > room:
        raise InputError(
            f"{events}: the read-out counts to {room} spikes of a class, but one has {most}; cut "
            "the recording."
        )


def table(report: dict[str, Any]) -> str:
    """Return a report as a table for the screen."""
    sender = report["sender"]
    rows = [
        ("network", f"{report['net']} on {report['chip']} ({report['engine']} engine)"),
        ("events", f"{report['events']}: {sender['read']} read, {sender['sent']} sent"),
        (
            "",
            f"{sender['deselected']} of the other polarity, {sender['delayed']} delayed by up to "
            f"{sender['delay_max']} ticks",
        ),
    ]
    for name, answer in report["answers"].items():
        rows.append((name, f"class {answer}" if answer >= 0 else "no answer"))
    for part, members in report["counts"].items():
        rows.append((part, ", ".join(f"{count} {key}" for key, count in members.items())))
    rows.append(("time", f"{1e3 * seconds(report['ticks']):.3f} ms on the chip"))
    rows.append(("output spikes", report["out_events"]))
    rows.append(("raster", report["raster"] or "needs matplotlib, of the extra 'plots'"))
    rows.append(("wall time", f"{report['wall_seconds']:.2f} s"))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {text}" for name, text in rows)
