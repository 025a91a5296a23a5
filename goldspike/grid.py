"""Run a network over a grid of settings and configurations: ``goldspike sweep``."""

import math
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

from goldspike.charts import text_table
from goldspike.chip import RunsNetworks
from goldspike.chips import find_chip
from goldspike.model.errors import InputError, unknown
from goldspike.model.files import write_json
from goldspike.model.guard import guard_files
from goldspike.model.paths import BUILD
from goldspike.model.scratch import scratch
from goldspike.progress import progress
from goldspike.simulation import check_engine, net_path, simulate
from goldspike.workloads.settings import Settings

__all__ = ["axes_of", "sweep", "table"]

MOST_RUNS = 10_000

Point = dict[str, str]
"""A value for every axis of the grid, as text."""


def axes_of(assignments: Sequence[str], settings: Settings, of: str) -> dict[str, list[str]]:
    """Return the values of every setting, as text: ``seed=1,2,3`` has three.

    Settings that are lists themselves, such as sizes, separate their values by ``/``.

    Raises
    ------
    InputError
        If a setting is unknown or has no value.
    """
    axes: dict[str, list[str]] = {}
    for assignment in assignments:
        name, equals, text = (part.strip() for part in assignment.partition("="))
        if not equals:
            raise InputError(f"An axis must read NAME=VALUE,VALUE,..., not {assignment!r}.")
        if name not in settings:
            raise unknown(f"setting of {of}", name, settings)
        if name in axes:
            raise InputError(f"{name} is given twice; one --set takes all its values.")
        listed = isinstance(settings[name].read(settings[name].default), tuple)
        values = [value.strip() for value in text.split("/" if listed else ",")]
        axes[name] = list(dict.fromkeys(values))
    return axes


def sweep(
    chip: str | RunsNetworks,
    *,
    assignments: Sequence[str] = (),
    configs: str | None = None,
    net: str | None = None,
    data: str | None = None,
    engine: str = "model",
    samples: int | None = None,
    jobs: int | None = None,
    out: Path | None = None,
) -> dict[str, Any]:
    """Run a network at every point of a grid; write ``<out>`` (JSON).

    Parameters
    ----------
    chip : str or RunsNetworks
        The chip or its name.
    assignments : sequence of str
        ``NAME=VALUE,VALUE,...``, one per axis.
    configs : str, optional
        Configurations separated by commas, one more axis.
    net, data, engine, samples, jobs
        As for :func:`~goldspike.simulation.simulate`.
    out : Path, optional
        Default ``build/sweep/<chip>.json``.

    Returns
    -------
    dict
        ``axes`` (values by name) and ``runs``: per point its ``settings``, and all that the report
        of a run says.

    Raises
    ------
    InputError
        If anything that was asked for cannot be had at any point; nothing has run then.
    LockstepError
        If the circuit differs from its model.
    """
    chip = find_chip(chip, RunsNetworks) if isinstance(chip, str) else chip
    check_engine(chip, engine)
    axes = axes_of(assignments, chip.settings, chip.name)
    if configs is not None:
        axes = {"config": configs.split(","), **axes}
    count = math.prod(map(len, axes.values()))
    if count > MOST_RUNS:
        raise InputError(f"A sweep has at most {MOST_RUNS} runs, not {count}.")
    points: list[Point] = [dict(zip(axes, point, strict=True)) for point in product(*axes.values())]
    out = out or BUILD / "sweep" / f"{chip.name}.json"
    nets = [net_path(chip, net, chosen(point)[0]) for point in points]
    guard_files(reads=[*nets, data], writes=[out])
    for point in points:
        config, words = chosen(point)
        chip.load(net_path(chip, net, config), chip.choose(config, words))
    runs = []
    with scratch("goldspike-sweep-") as folder:
        for point in progress(points, f"sweep, {chip.name}", len(points)):
            config, words = chosen(point)
            report = simulate(
                chip, net=net, data=data, engine=engine, samples=samples, config=config,
                assignments=words, jobs=jobs, out=folder / "run.json",
            )  # fmt: skip
            runs.append({"settings": point, **report})
    result = {"chip": chip.name, "engine": engine, "axes": axes, "runs": runs}
    write_json(out, result)
    return result


def chosen(point: Point) -> tuple[str | None, list[str]]:
    """Return the configuration and the assignments of a point."""
    words = [f"{name}={value}" for name, value in point.items() if name != "config"]
    return point.get("config"), words


def table(result: dict[str, Any]) -> str:
    """Return a sweep as a table for the screen, a run per row."""
    runs = result["runs"]
    accuracies = list(runs[0]["accuracy"])
    head = [*result["axes"], "samples", *(f"{name} %" for name in accuracies), "ticks"]
    rows = []
    for run in runs:
        right = (f"{100 * run['accuracy'][name]:.2f}" for name in accuracies)
        rows.append([*run["settings"].values(), run["samples"], *right, f"{run['ticks']:.0f}"])
    if "energy" in runs[0]:
        head.append("nJ per sample")
        for row, run in zip(rows, runs, strict=True):
            row.append(f"{run['energy']['nJ_per_sample']:.1f}")
    return text_table(head, rows)
