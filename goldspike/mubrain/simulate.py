"""Run a network over a data set on µBrain and report: ``goldspike sim mubrain``."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.model.errors import InputError
from goldspike.model.files import require_writable, save_npz, write_json
from goldspike.model.mubrain.chip import ChipParams
from goldspike.model.mubrain.readout import NO_ANSWER, READ_OUTS
from goldspike.model.mubrain.weight_memory import Storage
from goldspike.model.paths import BUILD, ROOT
from goldspike.model.timebase import seconds
from goldspike.mubrain.energy import energy
from goldspike.mubrain.engine import ENGINES, SampleResult
from goldspike.parallel import cores, run_parallel
from goldspike.progress import progress
from goldspike.simulation import asked, choose_count
from goldspike.workloads.dataset import check_labels, digits, load_dataset, prepare
from goldspike.workloads.mubrain.encoding import encode
from goldspike.workloads.mubrain.settings import Settings, apply_settings
from goldspike.workloads.network import Network, check_fits, load_network, pad_network

__all__ = ["simulate", "table"]

DEFAULT_NET = Path("nets/digits.npz")
CODING = ("rate_min", "rate_max", "window")
"""Keys by which a network says with which input coding it was trained."""
RTL_SAMPLES = 50
"""Samples that the compiled circuit runs unless told otherwise."""
MOST_JOBS = 256
WORTH_A_JOB = {"model": 2000, "rtl": 10, "lockstep": 10}
"""Samples that repay the start of one more process."""


def simulate(
    *,
    net: str | None = None,
    data: str | None = None,
    engine: str = "model",
    samples: int | None = None,
    assignments: list[str] | None = None,
    out: Path | None = None,
    jobs: int | None = None,
    report: bool = False,
) -> dict:
    """Run a network on the chip; write ``<out>`` (JSON) and the per-sample file beside it.

    Parameters
    ----------
    net, data : str, optional
        Network file and data set (folder of IDX files or .npz); the shipped digits by default.
    engine : {"model", "rtl", "lockstep"}
    samples : int, optional
        How many samples from the start of the set; all by default (``rtl``: 50).
    assignments : list of str
        ``NAME=VALUE`` settings.
    out : Path, optional
        JSON report; default ``build/sim/mubrain.json``.
    jobs : int, optional
        Processes that share the samples; by default one per core, as far as it pays. The report
        does not depend on it.
    report : bool
        Write the charts of :mod:`goldspike.mubrain.charts` too, into ``<out>_report/``.

    Raises
    ------
    InputError
        If anything that was asked for cannot be had; nothing written earlier is touched.
    """
    path, settings, chip, weights = choose_chip(net, engine, assignments or [])
    dataset = load_dataset(data) if data else digits("test")
    check_labels(dataset, load_network(path).sizes[-1])
    side = int(settings.chip.sizes[0] ** 0.5)
    x, y = prepare(dataset.x, side), dataset.y
    count = choose_count(samples, engine, len(y), RTL_SAMPLES)
    jobs = choose_jobs(jobs, engine, count)
    out = out or BUILD / "sim" / "mubrain.json"
    for target in (out, out.with_suffix(".npz")):
        require_writable(target, path, data)
    begin = time.perf_counter()
    runner = ENGINES[engine](chip, weights)
    results = []

    def part(begin: int, end: int) -> Iterator[SampleResult]:
        return runner.run_all(encode(x[k], settings.encoding, k) for k in range(begin, end))

    done = run_parallel(part, count, jobs)
    try:
        for result in progress(done, f"mubrain, {engine}", count):
            results.append(result)
    except LockstepError as error:
        where = f"sample {len(results)} of {dataset.name}, seed {settings.encoding.seed}"
        again = asked(net, data, engine, len(results) + 1, assignments)
        raise LockstepError(
            f"{error}; {where}; reproduce with: goldspike sim mubrain {again}"
        ) from None
    runner.close()
    summary = {
        "chip": "mubrain",
        "net": path.name,
        "data": dataset.name,
        "engine": engine,
        "samples": count,
        "seed": settings.encoding.seed,
        **summarise(results, y[:count]),
        "wall_seconds": round(time.perf_counter() - begin, 3),
    }
    arrays = collect(results, y[:count], chip.sizes[-1])
    save_npz(out.with_suffix(".npz"), **arrays)
    write_json(out, summary)
    if report:
        from goldspike.mubrain.charts import write_charts  # draws, so only when asked for

        write_charts(summary, arrays, out.with_name(f"{out.stem}_report"))
    return summary


def choose_chip(
    net: str | None, engine: str, assignments: list[str]
) -> tuple[Path, Settings, ChipParams, list[np.ndarray]]:
    """Return network file, settings, the chip for an engine and its weights.

    Raises
    ------
    InputError
        If there is no such engine, or the network does not fit.
    """
    if engine not in ENGINES:
        raise InputError(f"{engine!r} is no engine; known are {', '.join(ENGINES)}.")
    path = Path(net) if net else ROOT / DEFAULT_NET
    network = load_network(path)
    settings = choose_settings(network, assignments)
    chip = settings.chip
    weights = fit(network, path, chip)
    if engine != "model" and not any(name.startswith("storage=") for name in assignments):
        chip = replace(chip, storage=Storage.MEMORY)  # tick-identical, and half the time
    return path, settings, chip, weights


def choose_settings(network: Network, assignments: list[str]) -> Settings:
    """Return the settings: the defaults, then the network's own coding, then what was asked for."""
    coding = [f"{name}={network.meta[name]}" for name in CODING if name in network.meta]
    return apply_settings(Settings(), coding + assignments)


def fit(network: Network, path: Path, chip: ChipParams) -> list[np.ndarray]:
    """Return the network's matrices, padded to the chip's sizes."""
    try:
        check_fits(network, chip.sizes, chip.neuron.weight_bits)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return list(pad_network(network, chip.sizes).weights)


def choose_jobs(jobs: int | None, engine: str, count: int) -> int:
    """Return how many processes share the samples."""
    if jobs is None:
        return max(1, min(cores(), count // WORTH_A_JOB[engine]))
    if not 1 <= jobs <= MOST_JOBS:
        raise InputError(f"The number of jobs must be in 1..{MOST_JOBS}, not {jobs}.")
    return jobs


def summarise(results: list[SampleResult], y: np.ndarray) -> dict:
    """Return accuracy, counts, ticks and energy of a run."""
    answers = {name: np.array([r.answers[name] for r in results]) for name in READ_OUTS}
    counts = {
        part: {key: sum(r.counts[part][key] for r in results) for key in members}
        for part, members in results[0].counts.items()
    }
    spikes = sum(members.get("spikes", 0) for part, members in counts.items() if part != "output")
    ticks = float(np.mean([r.ticks for r in results]))
    return {
        "accuracy": {name: float(np.mean(said == y)) for name, said in answers.items()},
        "no_answer": {name: int(np.sum(said == NO_ANSWER)) for name, said in answers.items()},
        "counts": counts,
        "ticks": ticks,
        "energy": energy(spikes / len(results), seconds(ticks)),
    }


def collect(results: list[SampleResult], y: np.ndarray, classes: int) -> dict[str, np.ndarray]:
    """Return what is kept of every sample.

    ``label``, the answers by read-out (-1: none), ``interval`` and ``ticks`` (n,); ``spikes``
    (n, parts), in the order of the report's counts; the output events of all samples one after the
    other as ``output_tick`` and ``output_class``, and how many each sample has, ``outputs`` (n,);
    ``confusion_<read-out>`` (classes, classes + 1), by label and answer, no answer last.
    """
    answers = {name: np.array([r.answers[name] for r in results], np.int64) for name in READ_OUTS}
    confusion = {}
    for name, said in answers.items():
        matrix = np.zeros((classes, classes + 1), np.int64)  # last column: no answer
        np.add.at(matrix, (y, said), 1)  # -1 indexes the last column
        confusion[f"confusion_{name}"] = matrix
    events = np.array([event for r in results for event in r.output], np.int64).reshape(-1, 2)
    parts = [[counts["spikes"] for counts in r.counts.values()] for r in results]
    return {
        "label": y,
        **answers,
        "interval": np.array([r.interval for r in results], np.int64),
        "ticks": np.array([r.ticks for r in results], np.int64),
        "spikes": np.array(parts, np.int64),
        "outputs": np.array([len(r.output) for r in results], np.int64),
        "output_tick": events[:, 0],
        "output_class": events[:, 1],
        **confusion,
    }


def table(report: dict) -> str:
    """Return a report as a table for the screen."""
    rows = [
        ("network", f"{report['net']} on {report['chip']} ({report['engine']} engine)"),
        ("data", f"{report['data']}, {report['samples']} samples, seed {report['seed']}"),
    ]
    for name, value in report["accuracy"].items():
        silent = report["no_answer"][name]
        rows.append((f"accuracy, {name}", f"{100 * value:.2f} %  ({silent} without an answer)"))
    for part, members in report["counts"].items():
        mean = ", ".join(
            f"{count / report['samples']:.1f} {key}" if key in ("spikes", "grants") else
            f"{count} {key}" for key, count in members.items()
        )  # fmt: skip
        rows.append((part, mean))
    rows.append(("time per sample", f"{1e3 * seconds(report['ticks']):.3f} ms on the chip"))
    rows.append(("energy", f"{report['energy']['nJ_per_sample']:.0f} nJ per sample"))
    rows.append(("", report["energy"]["model"]))
    for name, split in report["energy"]["splits"].items():
        parts = f"{split['static_nJ']:.0f} static, {split['dynamic_nJ']:.0f} dynamic"
        rows.append((f"split, {name}", f"{split['nJ_per_sample']:.0f} nJ per sample: {parts}"))
        rows.append(("", split["model"]))
    rows.append(("wall time", f"{report['wall_seconds']:.2f} s"))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {text}" for name, text in rows)
