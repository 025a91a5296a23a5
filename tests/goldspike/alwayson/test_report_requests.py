"""Eq. 1 and 2 at the published operating points, and what the handshake takes of a clock."""

from pathlib import Path

import pytest

from goldspike.alwayson.report_requests import TASKS, cycles, lowest_khz, served, write

LOWEST = {"MNIST, 8 bits": (6.12, 12.24, 13.99), "keywords, 6 bits": (10.8, 16.8, 30.24)}
"""In kHz, worked out by hand from the thresholds of the paper."""


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_lowest_clock_of_every_layer(task) -> None:
    found = [lowest_khz(task, threshold) for threshold in task.thresholds]
    assert found == pytest.approx(LOWEST[task.name], abs=0.005)


@pytest.mark.parametrize(("frame_ms", "most"), [(500.0, 2833), (80.0, 453)])
def test_what_the_input_core_can_serve(frame_ms: float, most: int) -> None:
    assert int(served(17.0, frame_ms)) == most


@pytest.mark.parametrize(
    ("clocks", "of_input", "of_hidden"),
    [((1, 4), 3, 3), ((17, 70), 3, 3), ((4, 4), 5, 6), ((1, 1), 5, 6)],
)
def test_what_a_request_takes(clocks: tuple[int, int], of_input: int, of_hidden: int) -> None:
    assert cycles(*clocks, hidden=False) == pytest.approx(of_input, abs=0.05)
    assert cycles(*clocks, hidden=True) == pytest.approx(of_hidden, abs=0.05)


def test_the_report_writes_its_files(tmp_path: Path) -> None:
    text = write(tmp_path)
    for number in ("6.12", "12.24", "13.99", "10.80", "16.80", "30.24", "2833", "453"):
        assert number in text
    assert (tmp_path / "cycles.csv").read_text().count("\n") == 9
    assert (tmp_path / "requests.svg").exists()
