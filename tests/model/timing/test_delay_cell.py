import itertools

import numpy as np
import pytest

from goldspike.model.timing.delay_cell import DelayCellModel, DelayCellParams, Thyristor


def traced(levels, delay, width=1):
    """Return (tick, output) of every record; lines as bits of an integer."""
    lines = np.array([[value >> k & 1 for k in range(width)] for value in levels], bool)
    records = DelayCellModel(DelayCellParams(width=width, delay=delay)).run(
        lines.reshape(-1, width)
    )
    outputs = [int.from_bytes(row.tobytes(), "little") for row in records["output"]]
    return list(zip(records["tick"].tolist(), outputs, strict=True))


def changes(levels, delay, width=1):
    """Return those records with which an output changes."""
    records = [(0, 0), *traced(levels, delay, width)]
    return [b for a, b in itertools.pairwise(records) if a[1] != b[1]]


def test_a_delay_of_one_shows_the_level_as_sampled():
    assert changes([0, 1, 1, 0], delay=1) == [(2, 1), (4, 0)]


def test_a_level_sampled_on_tick_t_is_out_after_tick_t_plus_delay_minus_1():
    assert changes([0, 1, 1, 0], delay=4) == [(5, 1), (7, 0)]


def test_pulses_shorter_than_the_delay_pass_unchanged():
    assert changes([1, 0, 1, 1, 0], delay=10) == [(10, 1), (11, 0), (12, 1), (14, 0)]


def test_the_last_level_is_held():
    assert changes([0, 0, 1], delay=3) == [(5, 1)]


def test_every_tick_is_traced_until_what_came_last_has_left():
    assert [tick for tick, _ in traced([0, 1, 0, 0, 0, 0, 0, 1], delay=3)] == [2, 3, 4, 5, 8, 9, 10]


def test_silence_leaves_no_record():
    assert changes([0] * 5, delay=2) == []
    assert changes([], delay=2) == []


def test_lines_are_delayed_alike_and_apart():
    assert changes([0b01, 0b10, 0b10], delay=2, width=2) == [(2, 0b01), (3, 0b10)]


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"width": 0}, ValueError, r"^width must be in 1\.\.4096, not 0$"),
        ({"delay": 0}, ValueError, r"^delay must be in 1\.\.1000000000, not 0$"),
        ({"delay": 1.5}, TypeError, r"^delay must be an integer in 1\.\.1000000000, not 1\.5$"),
    ],
)
def test_bad_parameters_are_refused(values, error, message):
    with pytest.raises(error, match=message):
        DelayCellParams(**values)


def test_levels_leave_a_cell_to_the_picosecond():
    model = DelayCellModel(DelayCellParams(width=2, delay=26_731))
    level = np.array([[True, False], [True, True], [False, True], [False, True]])
    records = model.run_levels(np.array([10, 11, 500_000, 500_001]), level)
    assert records["tick"].tolist() == [26_741, 26_742, 526_731]
    assert records["output"][:, 0].tolist() == [0b01, 0b11, 0b10]


def test_equation_6_is_what_equations_1_to_4_add_up_to():
    cell = Thyristor(current=90e-9)
    first = cell.load * cell.v_tn / cell.current  # Eq. 1
    time = np.linspace(0, 20e-9, 200_001)
    drain = cell.beta / 2 * (cell.current / cell.load * time) ** 2  # Eq. 2 and 3, with its t²
    charge = np.cumsum(drain) * time[1]
    second = time[np.searchsorted(charge, cell.load * cell.v_tp)]  # Eq. 4
    assert cell.delay_s == pytest.approx(first + second, rel=1e-4)


@pytest.mark.parametrize("ps", [1_000, 20_000, 100_000, 100_000_000])
def test_a_bias_current_is_found_for_a_delay(ps):
    cell = Thyristor.for_delay(ps)
    assert cell.delay_ps == pytest.approx(ps, abs=1)
    assert Thyristor(current=2 * cell.current).delay_s < cell.delay_s


def test_cells_vary_by_their_seed():
    drawn = [Thyristor.for_delay(20_000).varied(np.random.default_rng(k), 0.05) for k in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_thyristor_without_current_is_refused():
    with pytest.raises(ValueError, match=r"^current must be positive, not 0\.0$"):
        Thyristor(current=0.0)
