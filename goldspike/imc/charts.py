"""What a run of the CNN accelerator looks like: ``goldspike sim imc --report``."""

from pathlib import Path
from typing import Any

import numpy as np

from goldspike.charts import (
    COLOURS,
    grouped_bars,
    new_figure,
    save_chart,
    save_table,
    write_csv,
)
from goldspike.confusion import confusion_charts

__all__ = ["write_charts"]


def write_charts(report: dict[str, Any], arrays: dict[str, np.ndarray], folder: Path) -> str:
    """Write confusion, accesses, links and energy as CSV, PNG and SVG; return a summary."""
    title = confusion_charts(report, arrays["confusion"], folder)
    energy(report, folder, title)
    return f"{title}\n\n{accesses(report, folder, title)}"


def energy(report: dict[str, Any], folder: Path, title: str) -> None:
    """Write what every core needs per sample, the last one being the fully connected layer's."""
    cores = report["energy"]["cores"]
    parts = tuple(next(iter(cores.values())))
    rows = [(name, *(f"{core[part]:.4g}" for part in parts)) for name, core in cores.items()]
    write_csv(folder / "energy.csv", ("core", *(f"{part}, nJ" for part in parts)), rows)
    figure = new_figure(max(6.0, 2 + 0.2 * len(rows)), 4)
    axes = figure.subplots()
    place, below = np.arange(len(rows)), np.zeros(len(rows))
    for k, part in enumerate(parts):
        height = np.array([core[part] for core in cores.values()])
        axes.bar(place, height, bottom=below, color=COLOURS[k], label=part)
        below += height
    axes.set_xticks(place, [name.removeprefix("core") for name in cores], rotation=90)
    axes.set(xlabel="core", ylabel="nJ per sample", title=title)
    axes.legend()
    save_chart(folder / "energy.png", figure)


def accesses(report: dict[str, Any], folder: Path, title: str) -> str:
    """Write words read and written, pixels sent and use of the link, part by part."""
    head = ("part", "reads per sample", "writes per sample", "pixels per sample", "link in use %")
    kinds = ("sram_reads", "sram_writes", "pixels")
    rows = []
    for part, members in report["counts"].items():
        mean = [f"{members[kind] / report['samples']:.1f}" if kind in members else ""
                for kind in kinds]  # fmt: skip
        rows.append((part, *mean, f"{100 * report['link_use'][part]:.1f}"))
    figure = new_figure(9, 4)
    memory, links = figure.subplots(1, 2)
    names = list(report["counts"])
    grouped_bars(memory, names, {head[k]: [float(row[k] or 0) for row in rows] for k in (1, 2)})
    links.bar(range(len(rows)), [float(row[4]) for row in rows], color=COLOURS[2])
    for axes, label in ((memory, "words of the input memory"), (links, "timesteps in use, %")):
        axes.set_xticks(range(len(rows)), names, rotation=45, ha="right")
        axes.set_ylabel(label)
    figure.suptitle(title)
    save_chart(folder / "accesses.png", figure)
    return save_table(folder / "accesses.csv", head, rows)
