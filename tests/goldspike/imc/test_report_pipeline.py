"""Fig. 10 from our own run: slopes, latencies and throughput as the text of the paper has them."""

import csv
from pathlib import Path

import numpy as np
import pytest

from goldspike.imc.report_mapper import rates
from goldspike.imc.report_pipeline import batch, per_second, progress, write
from goldspike.model.imc.shared.array import ArrayParams
from goldspike.workloads.imc.mapper import main_path, placement, thin
from goldspike.workloads.imc.options import Limits
from goldspike.workloads.imc.resnet import resnet32


def array(pixels: tuple[int, int, int]) -> ArrayParams:
    return thin(placement(resnet32(), rates(pixels), Limits()).array, stored=False)


def slope(made: np.ndarray, first: float, last: float) -> float:
    """Return outputs per timestep between two parts of a layer's outputs."""
    a, b = (int(np.argmax(made >= part * made[-1])) for part in (first, last))
    return float((made[b] - made[a]) / (b - a))


def test_slopes_are_those_of_fig_10a() -> None:
    made, path = progress(array((1, 1, 1))), main_path(resnet32())
    assert made[-1, path].tolist() == [1024] * 11 + [256] * 10 + [64] * 10
    assert slope(made[:, path[0]], 0.01, 0.99) == pytest.approx(1, abs=0.01)
    assert slope(made[:, path[11]], 0.1, 0.9) == pytest.approx(1 / 4, abs=0.02)
    assert slope(made[:, path[21]], 0.05, 0.3) == pytest.approx(1 / 16, abs=0.005)


def test_the_first_group_makes_four_outputs_in_fig_10b() -> None:
    made, path = progress(array((4, 2, 1))), main_path(resnet32())
    assert slope(made[:, path[5]], 0.01, 0.99) == pytest.approx(4, abs=0.05)


def test_a_batch_nears_the_published_throughput() -> None:
    speed = per_second(batch(array((1, 1, 1))))
    assert (np.diff(speed) > 0).all()
    assert speed[-1] == pytest.approx(9650, rel=0.01)


def test_the_report(tmp_path: Path) -> None:
    said = write(tmp_path)
    assert "9650" in said and "38600" in said and "1662" in said and "546" in said
    with (tmp_path / "fig10.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len({row["way"] for row in rows}) == 2 and len(rows[0]) == 33
    assert (tmp_path / "fig10.png").stat().st_size > 10_000
    assert (tmp_path / "fig10.svg").exists()
