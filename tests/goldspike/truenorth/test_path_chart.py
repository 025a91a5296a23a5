"""The picture of a path: a PNG, also where there is no way."""

from pathlib import Path

import numpy as np
import pytest

from goldspike.truenorth.path_chart import draw_path
from goldspike.workloads.truenorth import planner


def test_maps_with_and_without_a_path(tmp_path: Path) -> None:
    image = pytest.importorskip("matplotlib.image")
    files = []
    for k, walled in enumerate((False, True)):
        costs = np.array([[1, 3, 1], [1, 0, 1]], np.uint8)
        costs[:, 1] *= not walled
        grid = planner.GridMap(costs, (0, 0), (0, 2))
        first = np.array([[4, 1, 0], [5, -1, 1]])
        if walled:
            first[:, :2] = -1
        files.append(tmp_path / f"{k}.png")
        draw_path(grid, first, planner.path(grid, first), files[-1])
    pictures = [image.imread(str(file)) for file in files]
    line = [0xD1 / 255, 0x34 / 255, 0x5B / 255]
    red = [(np.abs(picture[..., :3] - line).max(axis=2) < 0.02).sum() for picture in pictures]
    assert red[0] > 100
    assert red[1] == 0
