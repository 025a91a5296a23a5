"""What a run of the CNN accelerator looks like: ``goldspike sim imc --report``."""

from pathlib import Path
from typing import Any

import numpy as np

from goldspike.charts import COLOURS, new_figure, save_chart, text_table, write_csv
from goldspike.confusion import confusion_charts

__all__ = ["write_charts"]


def write_charts(report: dict[str, Any], arrays: dict[str, np.ndarray], folder: Path) -> str:
    """Write confusion, accesses, links and energy as CSV, PNG and SVG; return a summary.

    Parameters
    ----------
    report : dict
        As ``build/sim/imc.json`` has it.
    arrays : dict of arrays
        As ``build/sim/imc.npz`` has them.
    folder : Path
        Made if it is missing.
    """
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
    write_csv(folder / "accesses.csv", head, rows)
    figure = new_figure(9, 4)
    memory, links = figure.subplots(1, 2)
    place = np.arange(len(rows))
    for k in range(2):
        height = [float(row[1 + k] or 0) for row in rows]
        memory.bar(place + 0.4 * k - 0.2, height, 0.4, color=COLOURS[k], label=head[1 + k])
    links.bar(place, [float(row[4]) for row in rows], color=COLOURS[2])
    for axes, label in ((memory, "words of the input memory"), (links, "timesteps in use, %")):
        axes.set_xticks(place, [row[0] for row in rows], rotation=45, ha="right")
        axes.set_ylabel(label)
    memory.legend()
    figure.suptitle(title)
    save_chart(folder / "accesses.png", figure)
    return text_table(head, rows)
