"""Run labelled recordings through µBrain, a sample each: one accuracy for a folder of them."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.chip import Recording
from goldspike.model.errors import InputError, LockstepError
from goldspike.model.files import save_npz, write_json
from goldspike.model.guard import beside, guard_files
from goldspike.model.paths import BUILD
from goldspike.mubrain.engine import SampleResult
from goldspike.mubrain.loaded import LoadedNetwork, collect, make_engine
from goldspike.mubrain.sender import check_counts, check_time, reading, to_send
from goldspike.progress import progress
from goldspike.workloads.events import Events, Labelled, arranged, read_events
from goldspike.workloads.mubrain.event_input import Sent

__all__ = ["simulate_set"]


def simulate_set(
    loaded: LoadedNetwork,
    path: Path,
    recording: Recording,
    labelled: Labelled,
    *,
    engine: str,
    out: Path | None = None,
) -> dict[str, Any]:
    """Run every recording as a sample of its own; write report (JSON) and per-sample file.

    Parameters
    ----------
    loaded : LoadedNetwork
    path : Path
        The network's file.
    recording : Recording
        Where the set lies and how its files are read.
    labelled : Labelled
    engine : str
    out : Path, optional
        By default ``build/sim/mubrain-events.json``; the per-sample file lies beside it.

    Raises
    ------
    InputError
        If a label has no class, or a recording cannot be run; nothing written earlier is touched.
    LockstepError
        If the circuit differs from its model; the message names the recording.
    """
    labels = labelled.labels
    if labels.max() >= loaded.classes:
        raise InputError(
            f"{recording.path}: labels span {labels.min()}..{labels.max()}, but the network "
            f"answers 0..{loaded.classes - 1}."
        )
    count = chosen(recording.options.get("samples"), len(labels))
    out = out or BUILD / "sim" / "mubrain-events.json"
    files = {source for source in labelled.sources if isinstance(source, Path)}
    if Path(recording.path).is_dir():  # whatever lies in a class's folder is a recording
        files |= {file.parent for file in files}
    guard_files(reads=[path, recording.path, *files], writes=[out, beside(out, ".npz")])
    params, tick_ns = loaded.params(engine), loaded.settings.encoding.tick_ns
    sent: list[Sent] = []

    def events() -> Iterator[tuple[Any, ...]]:
        for k, source in enumerate(labelled.sources[:count]):
            name, held = named(recording, source, k), read_sample(recording, source, k)
            sent.append(to_send(held, name, recording.options, params, tick_ns))
            tick = sent[-1].tick
            strobes = loaded.settings.strobes(int(tick[-1]) + 1 if tick.size else 0)
            yield tick, sent[-1].address, strobes

    begin = time.perf_counter()
    runner = make_engine(engine, params, loaded.weights)
    results: list[SampleResult] = []
    try:
        for result in progress(runner.run_all(events()), f"mubrain, {engine}", count):
            lines = np.array([line for _, line in result.output], np.int64)
            name = named(recording, labelled.sources[len(results)], len(results))
            check_time(result.ticks, params, name)
            check_counts((lines, lines), params, name)
            results.append(result)
    except LockstepError as error:
        k = len(results)
        raise LockstepError(f"{error}; {named(recording, labelled.sources[k], k)}") from None
    finally:
        runner.close()
    counts = [item.counts() for item in sent]
    sender = {key: sum(c[key] for c in counts) for key in counts[0] if key != "delay_max"}
    report = {
        "chip": "mubrain",
        "net": path.name,
        "events": labelled.name,
        "engine": engine,
        "samples": count,
        "classes": labelled.classes,
        "sender": sender | {"delay_max": max(c["delay_max"] for c in counts)},
        **loaded.summarise(results, labels[:count]),
        "wall_seconds": round(time.perf_counter() - begin, 3),
    }
    save_npz(beside(out, ".npz"), **collect(results, labels[:count], params.sizes[-1]))
    write_json(out, report)
    return report


def read_sample(recording: Recording, source: Path | Events, k: int) -> Events:
    """Return the events of a sample, which has a file of its own or was read with the others."""
    options = reading(recording.options)
    if not isinstance(source, Events):
        return read_events(source, **options)
    kept = {key: options[key] for key in ("sort", "begin", "end")}
    return arranged(named(recording, source, k), source, **kept)


def named(recording: Recording, source: Path | Events, k: int) -> str:
    """Return what a sample is called in sentences."""
    return f"{recording.path}, sample {k}" if isinstance(source, Events) else str(source)


def chosen(text: str | None, available: int) -> int:
    """Return how many recordings to run, from the start of the set."""
    if text is None:
        return available
    few = len(text) <= len(str(available))  # a number of many digits takes long to read
    if not (text.isascii() and text.isdecimal() and few and 1 <= int(text) <= available):
        raise InputError(
            f"The number of samples must be in 1..{available} for this set, not {text}."
        )
    return int(text)
