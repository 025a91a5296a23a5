from itertools import pairwise
from pathlib import Path

import pytest

from goldspike.imc.chip import Imc
from goldspike.imc.report_dataflow import FIG_8, PUBLISHED, run, verdict, write
from goldspike.model.imc.shared.layer import least_pixels


@pytest.fixture(scope="module")
def timesteps():
    return run()


def test_the_four_timesteps_of_figure_8(timesteps):
    assert [verdict(k, timesteps[k]) for k in PUBLISHED] == [
        "N has these values",
        "N+1 has these values",
        "N+H has these values, a timestep too late",
        "N+2H+3 has these values, a timestep too late",
    ]  # fmt: skip
    wrong = timesteps[1]
    assert verdict(0, wrong).startswith("N: [(0, 0), 6, ")


def test_a_pixel_is_stored_in_every_timestep_behind_the_one_before(timesteps):
    assert all(len(step.stored) == 2 for step in timesteps)
    for before, now in pairwise(timesteps):
        assert now.stored == [before.addr_w_0, before.addr_w_0 + 1]


def test_the_first_window_is_loaded_whole_and_then_a_row_at_a_time(timesteps):
    """Fig. 2: three rows, then one new row per timestep, of three pixels each."""
    first = least_pixels(5, 3, 0) - 1
    assert not any(step.rows for step in timesteps[:first])
    assert timesteps[first].rows == {x: [0, 1, 2] for x in range(3)}
    assert timesteps[first + 1].rows == {3: [0, 1, 2]}
    assert timesteps[first + 2].rows == {4: [0, 1, 2]}
    assert timesteps[first + 5].rows == {x: [1, 2, 3] for x in range(3)}


def test_columns_that_wrapped_are_read_in_their_order(timesteps):
    """Column 3 lies where column 0 was (section 2.4.3)."""
    fetched = timesteps[least_pixels(5, 3, 0) - 1 + 5].fetched
    assert fetched[:6] == [2, 3, 4, 5, 0, 1]
    assert FIG_8.memory.delta_pix == (0, 2, 4)


def test_report_writes_table_and_figure(tmp_path: Path):
    assert "dataflow" in Imc().reports
    text = write(tmp_path)
    assert "loads 9 pixels, the next 3" in text
    assert (tmp_path / "fig8.csv").read_text().count("\n") == 26
    assert (tmp_path / "fig8.png").read_bytes()[:4] == b"\x89PNG"
