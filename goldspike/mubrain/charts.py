"""What a run of µBrain over a data set looks like: ``goldspike sim mubrain --report``.

All of it follows from the per-sample arrays that :func:`goldspike.mubrain.loaded.collect`
keeps, so it is the same whichever engine ran. Beside each published figure stands ours: Stuijt
2021, section 4, counts 11,500 spikes per MNIST image, 6,400 of them input.
"""

from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.charts import COLOURS, new_figure, save_chart, text_table, write_csv
from goldspike.confusion import draw_confusion, write_confusion
from goldspike.model.mubrain.readout import NO_ANSWER, READ_OUTS, ReadoutModel, ReadoutParams
from goldspike.model.timebase import seconds

__all__ = ["write_charts"]

PAPER_SPIKES = {"input": 6400, "after input": 5100, "all": 11_500}
"""Spikes per image (Stuijt 2021, section 4); the middle one is their difference."""
STEPS = 100
SHOWN = ("shortest_isi", "count")

Arrays = dict[str, np.ndarray]


def write_charts(report: dict, arrays: Arrays, folder: Path) -> str:
    """Write confusion, spikes, latency, accuracy over time as CSV, PNG, SVG; return a summary."""
    title = f"{report['net']} on {report['data']}, {report['samples']} samples"
    answers = answers_over_time(arrays)
    text = [
        title,
        spikes(report, arrays, folder, title),
        latency(arrays, answers, folder, title),
        accuracy(arrays, answers, folder, title),
    ]
    confusion(arrays, folder, title)
    return "\n\n".join(text)


def confusion(arrays: Arrays, folder: Path, title: str) -> None:
    """Write how often each class was answered with which."""
    for name in READ_OUTS:
        write_confusion(folder / f"confusion_{name}.csv", arrays[f"confusion_{name}"])
    figure = new_figure(11, 5)
    figure.suptitle(title)
    for place, name in enumerate(SHOWN, start=1):
        draw_confusion(figure.add_subplot(1, 2, place), arrays[f"confusion_{name}"], name)
    save_chart(folder / "confusion.png", figure)


def spikes(report: dict, arrays: Arrays, folder: Path, title: str) -> str:
    """Write spikes per sample and part beside the paper's."""
    parts = [part for part in report["counts"] if part != "output"]  # the last layer's, once more
    columns = {part: arrays["spikes"][:, k] for k, part in enumerate(parts)}
    columns["after input"] = sum(
        (columns[part] for part in parts[1:]), np.zeros_like(arrays["label"])
    )
    columns["all"] = columns["input"] + columns["after input"]
    head = ("spikes per sample", "mean", "least", "most", "paper, MNIST")
    rows = [
        (name, f"{values.mean():.1f}", values.min(), values.max(), PAPER_SPIKES.get(name, ""))
        for name, values in columns.items()
    ]
    write_csv(folder / "spikes.csv", head, rows)
    figure = new_figure(7, 4)
    axes = figure.add_subplot()
    for colour, part in zip(cycle(COLOURS), (*parts, "all"), strict=False):
        axes.hist(columns[part], bins=60, histtype="step", color=colour, label=part)
    axes.axvline(PAPER_SPIKES["all"], color="black", linestyle=":", label="paper: all")
    axes.axvline(PAPER_SPIKES["input"], color="black", linestyle="--", label="paper: input")
    axes.set(title=title, xlabel="spikes per sample", ylabel="samples")
    figure.legend(loc="outside lower center", ncols=3)  # inside, it would hide a line
    save_chart(folder / "spikes.png", figure)
    return text_table(head, rows)


def answers_over_time(arrays: Arrays) -> dict[str, np.ndarray]:
    """Return, for every output event, sample, tick and what each read-out says from then on."""
    count = arrays["outputs"]
    ends = np.cumsum(count)
    classes = arrays["confusion_count"].shape[0]
    model = ReadoutModel(ReadoutParams(classes=classes))
    records = np.concatenate(
        [np.zeros(0, model.params.trace.record_dtype)]
        + [
            model.records(arrays["output_tick"][begin:end], arrays["output_class"][begin:end])
            for begin, end in zip(ends - count, ends, strict=True)
        ]
    )
    shortest = records["shortest_class"].astype(np.int64)
    return {
        "sample": np.repeat(np.arange(count.size), count),
        "tick": records["tick"].astype(np.int64),
        "interval": records["shortest_interval"].astype(np.int64),
        "shortest_isi": np.where(records["answered"] >> 1 == 1, shortest, NO_ANSWER),
        "count": records["most_class"].astype(np.int64),
        "first_spike": records["first_class"].astype(np.int64),
    }


def times_to_answer(arrays: Arrays, answers: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return, by read-out, the ticks of the events that decided; only of samples with an answer.

    ``first_spike``: the first event; ``shortest_isi``: the end of the shortest interval; ``count``:
    the event from which on the same class leads.
    """
    sample = answers["sample"]
    first = np.diff(sample, prepend=-1) != 0
    events = {
        "first_spike": first,
        "shortest_isi": first | (np.diff(answers["interval"], prepend=0) != 0),
        "count": first | (np.diff(answers["count"], prepend=0) != 0),
    }
    times = {}
    for name in READ_OUTS:
        decided = np.full(arrays["label"].size, -1)
        at = np.flatnonzero(events[name] & (answers[name] != NO_ANSWER))
        decided[sample[at]] = answers["tick"][at]  # the last of a sample stays
        times[name] = decided[decided >= 0]
    return times


def latency(arrays: Arrays, answers: dict[str, np.ndarray], folder: Path, title: str) -> str:
    """Write histograms of the time to answer."""
    times = times_to_answer(arrays, answers)
    longest = max([int(values.max(initial=1)) for values in times.values()])
    edges = np.linspace(0, longest, STEPS // 2 + 1)
    counts = {name: np.histogram(values, edges)[0] for name, values in times.items()}
    milliseconds = 1e3 * seconds(1) * edges
    write_csv(
        folder / "latency.csv",
        ("from_ms", "to_ms", *times),
        [
            (f"{a:.4f}", f"{b:.4f}", *row)
            for a, b, *row in zip(
                milliseconds[:-1], milliseconds[1:], *counts.values(), strict=True
            )
        ],
    )
    figure = new_figure(7, 4)
    axes = figure.add_subplot()
    for colour, (name, values) in zip(COLOURS, counts.items(), strict=False):
        axes.stairs(values, milliseconds, color=colour, label=name)
    axes.set(title=title, xlabel="time to answer in ms", ylabel="samples")
    axes.legend()
    save_chart(folder / "latency.png", figure)
    rows = []
    for name, values in times.items():
        marks = np.percentile(values, (50, 95, 100)) if values.size else np.zeros(3)
        rows.append((name, *(f"{1e3 * seconds(1) * mark:.3f}" for mark in marks), values.size))
    return text_table(("time to answer, ms", "median", "95 %", "longest", "answers"), rows)


def accuracy(arrays: Arrays, answers: dict[str, np.ndarray], folder: Path, title: str) -> str:
    """Write the accuracy that reading out at time t would have had."""
    label = arrays["label"]
    ticks = np.linspace(0, int(arrays["ticks"].max()), STEPS + 1).round().astype(np.int64)
    span = int(max(ticks[-1], answers["tick"].max(initial=0))) + 1
    key = answers["sample"] * span + answers["tick"]
    right: dict[str, list[float]] = {name: [] for name in READ_OUTS}
    silent: dict[str, list[float]] = {name: [] for name in READ_OUTS}
    for tick in ticks:
        last = np.searchsorted(key, np.arange(label.size) * span + tick, side="right") - 1
        spoken = (
            (last >= 0) & (answers["sample"][last] == np.arange(label.size))
            if key.size
            else last >= 0
        )
        for name in READ_OUTS:
            said = np.full(label.size, NO_ANSWER)
            said[spoken] = answers[name][last[spoken]]
            right[name].append(float(np.mean(said == label)))
            silent[name].append(float(np.mean(said == NO_ANSWER)))
    milliseconds = [1e3 * seconds(int(tick)) for tick in ticks]
    rows = [
        (f"{ms:.4f}", *(f"{right[n][k]:.4f}" for n in READ_OUTS),
         *(f"{silent[n][k]:.4f}" for n in READ_OUTS))
        for k, ms in enumerate(milliseconds)
    ]  # fmt: skip
    head = ("read_at_ms", *READ_OUTS, *(f"{name}_silent" for name in READ_OUTS))
    write_csv(folder / "accuracy.csv", head, rows)
    draw_accuracy(milliseconds, right, folder, title)
    marks = [STEPS // 8, STEPS // 4, STEPS // 2, 3 * STEPS // 4, STEPS]
    return text_table(
        ("accuracy, %, read out at", *(f"{milliseconds[k]:.2f} ms" for k in marks)),
        [(name, *(f"{100 * right[name][k]:.2f}" for k in marks)) for name in READ_OUTS],
    )


def draw_accuracy(x: list[float], right: dict[str, Any], folder: Path, title: str) -> None:
    """Draw accuracy over read-out time."""
    figure = new_figure(7, 4)
    axes = figure.add_subplot()
    for colour, (name, values) in zip(COLOURS, right.items(), strict=False):
        axes.plot(x, [100 * value for value in values], color=colour, label=name)
    axes.set(title=title, xlabel="read out at, ms", ylabel="accuracy in %", ylim=(0, 101))
    axes.grid(alpha=0.3)
    axes.legend()
    save_chart(folder / "accuracy.png", figure)
