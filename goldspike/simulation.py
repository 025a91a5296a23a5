"""Run a network over a data set and report: what ``goldspike sim`` does for all chips."""

import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from goldspike.charts import described
from goldspike.chip import DrawsCharts, Row, RunsNetworks
from goldspike.chips import find_chip, need
from goldspike.model.errors import InputError, LockstepError, unknown
from goldspike.model.files import save_npz, write_json
from goldspike.model.guard import beside, guard_files
from goldspike.model.paths import BUILD, ROOT
from goldspike.progress import progress, waiting
from goldspike.workloads.dataset import check_labels

__all__ = ["check_engine", "choose_count", "net_path", "simulate", "table"]

MOST_JOBS = 256


def simulate(
    chip: str | RunsNetworks,
    *,
    net: str | None = None,
    data: str | None = None,
    engine: str = "model",
    samples: int | None = None,
    config: str | None = None,
    assignments: Sequence[str] = (),
    out: Path | None = None,
    jobs: int | None = None,
    report: bool = False,
) -> dict[str, Any]:
    """Run a network on a chip; write ``<out>`` (JSON) and the per-sample file beside it.

    Parameters
    ----------
    chip : str or RunsNetworks
        The chip or its name.
    net, data : str, optional
        Network file and data set (folder of IDX files or .npz); those that ship by default.
    engine : str
        One of the chip's engines: ``model``, ``rtl`` or ``lockstep``.
    samples : int, optional
        How many samples from the start of the set; all by default, fewer on the circuit.
    config : str, optional
        A named configuration.
    assignments : sequence of str
        ``NAME=VALUE`` settings.
    out : Path, optional
        JSON report; default ``build/sim/<chip>.json``.
    jobs : int, optional
        Processes or threads that share the samples; by default one per core, as far as it pays.
        The report does not depend on it.
    report : bool
        Write the chip's charts of the run too, into ``<out>_report/``.

    Raises
    ------
    InputError
        If anything that was asked for cannot be had; nothing written earlier is touched.
    LockstepError
        If the circuit differs from its model; the message ends with the command that shows it
        again.
    """
    chip = find_chip(chip, RunsNetworks) if isinstance(chip, str) else chip
    check_engine(chip, engine)
    drawing = need(chip, DrawsCharts) if report else None
    path = net_path(chip, net, config)
    out = out or BUILD / "sim" / f"{chip.name}.json"
    arrays_path, charts = beside(out, ".npz"), out.with_name(f"{out.stem}_report")
    guard_files(
        reads=[path, data], writes=[out, arrays_path], folders=[charts if drawing else None]
    )
    loaded = chip.load(path, chip.choose(config, assignments))
    with waiting(f"{chip.name}, reading the data"):
        dataset = chip.data(data)
        check_labels(dataset, loaded.classes)
        inputs = loaded.inputs(dataset)
    count = choose_count(samples, engine, len(dataset), chip.circuit_samples)
    jobs = choose_jobs(chip, jobs, engine, count)
    begin = time.perf_counter()
    with waiting(f"{chip.name}, getting the {engine} ready"):
        running = loaded.start(engine)
    results: list[Any] = []
    try:
        done = share(partial(running.run, inputs), count, jobs, threads=running.threads)
        name = f"{chip.name}, {engine}"
        for result in progress(done, name, count, lambda r: r.samples, unit=" samples"):
            results.append(result)
    except LockstepError as error:
        upto = sum(result.samples for result in results) + 1 if chip.worth_a_job else count
        sample = f"; sample {upto - 1} of {dataset.name}" if chip.worth_a_job else ""
        again = command(chip, net, data, engine, upto, config, assignments)
        raise LockstepError(
            f"{error}{sample}, seed {loaded.seed}; reproduce with: {again}"
        ) from None
    finally:
        running.close()
    labels = dataset.y[:count]
    summary = {
        "chip": chip.name,
        **({"workload": chip.workload} if chip.workload else {}),
        "net": path.name,
        "data": dataset.name,
        "engine": engine,
        "samples": count,
        "seed": loaded.seed,
        **loaded.summarise(results, labels),
        "wall_seconds": round(time.perf_counter() - begin, 3),
    }
    arrays = loaded.collect(results, labels)
    save_npz(arrays_path, **arrays)
    write_json(out, summary)
    if drawing:
        with waiting(f"{chip.name}, drawing"):
            drawing.charts(summary, arrays, charts)
    return summary


def share(work: Any, count: int, jobs: int, *, threads: bool) -> Iterator[Any]:
    """Yield the results of all samples, in order, computed in `jobs` threads or processes."""
    if jobs == 1:
        return work(0, count)
    from goldspike.parallel import run_parallel, run_threads

    return (run_threads if threads else run_parallel)(work, count, jobs)


def check_engine(chip: RunsNetworks, engine: str) -> None:
    """Refuse an engine that a chip does not have.

    Raises
    ------
    InputError
        If there is no such engine.
    """
    if engine not in chip.engines:
        raise unknown("engine", engine, chip.engines)


def net_path(chip: RunsNetworks, net: str | None, config: str | None = None) -> Path:
    """Return the network file that was asked for, by default the configuration's that ships."""
    return Path(net) if net else ROOT / chip.nets.get(config or "", chip.default_net)


def choose_count(samples: int | None, engine: str, available: int, circuit: int) -> int:
    """Return how many samples to run: as asked for, else all, or `circuit` on a slower engine.

    Raises
    ------
    InputError
        If there are not as many.
    """
    if samples is None:
        return available if engine == "model" else min(available, circuit)
    if not 1 <= samples <= available:
        raise InputError(
            f"The number of samples must be in 1..{available} for this set, not {samples}."
        )
    return samples


def choose_jobs(chip: RunsNetworks, jobs: int | None, engine: str, count: int) -> int:
    """Return how many processes share the samples.

    Raises
    ------
    InputError
        If it is out of range, or the chip runs all samples in one process.
    """
    if jobs is None:
        if not chip.worth_a_job or count < 2 * chip.worth_a_job[engine]:
            return 1
        from goldspike.parallel import cores

        return min(cores(), count // chip.worth_a_job[engine])
    if not chip.worth_a_job:
        raise InputError(f"{chip.name} takes no --jobs: one process runs all samples.")
    if not 1 <= jobs <= MOST_JOBS:
        raise InputError(f"The number of jobs must be in 1..{MOST_JOBS}, not {jobs}.")
    return jobs


def command(
    chip: RunsNetworks,
    net: str | None,
    data: str | None,
    engine: str,
    samples: int,
    config: str | None,
    assignments: Sequence[str],
) -> str:
    """Return the command line of a run."""
    options = {
        "--net": net, "--data": data, "--engine": engine, "--samples": str(samples),
        "--config": config,
    }  # fmt: skip
    if chip.workload:
        options = {"--workload": chip.workload, **options}
    words = [word for name, value in options.items() if value for word in (name, value)]
    words += [word for setting in assignments for word in ("--set", setting)]
    return " ".join(("goldspike sim", chip.name, *words))


def table(chip: RunsNetworks, report: dict[str, Any]) -> str:
    """Return a report as a table for the screen."""
    seed = f", seed {report['seed']}" if "seed" in chip.settings else ""
    rows: list[Row] = [
        ("network", f"{report['net']} on {report['chip']} ({report['engine']} engine)"),
        ("data", f"{report['data']}, {report['samples']} samples{seed}"),
    ]
    silent = report.get("no_answer", {})
    for name, value in report["accuracy"].items():
        what = "accuracy" if len(report["accuracy"]) == 1 else f"accuracy, {name}"
        none = f"  ({silent[name]} without an answer)" if name in silent else ""
        rows.append((what, f"{100 * value:.2f} %{none}"))
    rows += [*chip.rows(report), ("wall time", f"{report['wall_seconds']:.2f} s")]
    return described(rows)
