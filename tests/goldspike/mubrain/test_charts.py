"""The charts of a run: what they say of three samples that can be followed by hand."""

import csv
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from goldspike import simulation
from goldspike.mubrain.charts import answers_over_time, times_to_answer, write_charts
from goldspike.mubrain.engine import SampleResult
from goldspike.mubrain.loaded import collect

simulate = partial(simulation.simulate, "mubrain")

KINDS = ("csv", "png", "svg")
FILES = {f"{name}.{kind}" for name in ("spikes", "latency", "accuracy") for kind in KINDS}
FILES |= {"confusion.png", "confusion.svg", "confusion_shortest_isi.csv", "confusion_count.csv"}
FILES |= {"confusion_first_spike.csv"}

# label 1: class 0 comes first, class 1 gets the shortest interval at 600 and the lead at 600 too;
# label 0: one spike, so no interval; label 2: silence
OUTPUT = [((100, 0), (200, 1), (400, 0), (500, 1), (600, 1)), ((1000, 0),), ()]
ANSWERS = [
    {"shortest_isi": 1, "count": 1, "first_spike": 0},
    {"shortest_isi": -1, "count": 0, "first_spike": 0},
    {"shortest_isi": -1, "count": -1, "first_spike": -1},
]
LABELS = np.array([1, 0, 2])


def result(k: int) -> SampleResult:
    spikes = len(OUTPUT[k])
    counts = {
        "input": {"spikes": 10 * (k + 1), "dropped": 0},
        "layer1": {"grants": 10, "merged": 0, "spikes": spikes},
        "output": {"spikes": spikes, "merged": 0},
    }
    return SampleResult(ANSWERS[k], counts, 100 if k == 0 else 0, 2000, OUTPUT[k])


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    return collect([result(k) for k in range(3)], LABELS, 3)


def test_every_sample_is_kept(arrays: dict[str, np.ndarray]) -> None:
    assert arrays["spikes"].tolist() == [[10, 5, 5], [20, 1, 1], [30, 0, 0]]
    assert arrays["outputs"].tolist() == [5, 1, 0]
    assert arrays["output_tick"].tolist() == [100, 200, 400, 500, 600, 1000]
    assert arrays["confusion_shortest_isi"].tolist() == [[0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 1]]


def test_time_to_answer(arrays: dict[str, np.ndarray]) -> None:
    times = times_to_answer(arrays, answers_over_time(arrays))
    # one tick after the event: that is when the answer can be read
    assert times["first_spike"].tolist() == [101, 1001]
    assert times["shortest_isi"].tolist() == [601]
    assert times["count"].tolist() == [601, 1001]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as stream:
        return list(csv.DictReader(stream))


def test_files_say_what_happened(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    report = {"net": "n.npz", "data": "d", "samples": 3, "counts": result(0).counts}
    text = write_charts(report, arrays, tmp_path / "new")
    assert {path.name for path in (tmp_path / "new").iterdir()} == FILES
    assert "11500" in text and "6400" in text
    spikes = {row["spikes per sample"]: row for row in rows(tmp_path / "new" / "spikes.csv")}
    assert spikes["all"]["mean"] == "22.0" and spikes["all"]["paper, MNIST"] == "11500"
    assert spikes["after input"]["most"] == "5"

    over_time = rows(tmp_path / "new" / "accuracy.csv")
    at = {round(float(row["read_at_ms"]) * 1e5): row for row in over_time}
    third, two = "0.3333", "0.6667"
    assert at[80]["count_silent"] == "1.0000"
    assert at[200]["count"] == "0.0000"  # class 0 has its first spike, class 1 is one tick later
    assert at[400]["shortest_isi"] == "0.0000" and at[400]["shortest_isi_silent"] == "1.0000"
    assert at[580]["shortest_isi"] == "0.0000"  # both intervals are 300: the lower class
    assert at[620]["shortest_isi"] == third and at[620]["count"] == third
    assert at[2000]["count"] == two and at[2000]["first_spike"] == third
    answers = [sum(int(row[name]) for row in rows(tmp_path / "new" / "latency.csv"))
               for name in ("shortest_isi", "count", "first_spike")]  # fmt: skip
    assert answers == [1, 2, 2]


def test_a_silent_run_can_be_drawn(tmp_path: Path) -> None:
    quiet = [SampleResult(ANSWERS[2], result(2).counts, 0, 5, ())]
    report = {"net": "n", "data": "d", "samples": 1, "counts": result(2).counts}
    write_charts(report, collect(quiet, np.array([0]), 1), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == FILES


def test_charts_come_only_when_asked_for(tmp_path: Path) -> None:
    simulate(samples=3, out=tmp_path / "plain.json")
    assert {path.name for path in tmp_path.iterdir()} == {"plain.json", "plain.npz"}
    simulate(samples=3, out=tmp_path / "plain.json", report=True)
    assert {path.name for path in (tmp_path / "plain_report").iterdir()} == FILES


def test_read_out_at_the_end_is_the_report(tmp_path: Path) -> None:
    report = simulate(samples=60, out=tmp_path / "r.json", report=True)
    last = rows(tmp_path / "r_report" / "accuracy.csv")[-1]
    for name, value in report["accuracy"].items():
        assert float(last[name]) == pytest.approx(value, abs=1e-4)
