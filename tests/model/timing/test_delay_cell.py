import numpy as np
import pytest

from model.timing.delay_cell import DelayCellModel, DelayCellParams


def changes(levels, delay, width=1):
    """Return (tick, output) of every record; lines as bits of an integer."""
    lines = np.array([[value >> k & 1 for k in range(width)] for value in levels], bool)
    records = DelayCellModel(DelayCellParams(width=width, delay=delay)).run(
        lines.reshape(-1, width)
    )
    outputs = [int.from_bytes(row.tobytes(), "little") for row in records["output"]]
    return list(zip(records["tick"].tolist(), outputs, strict=True))


def test_a_delay_of_one_shows_the_level_as_sampled():
    assert changes([0, 1, 1, 0], delay=1) == [(2, 1), (4, 0)]


def test_a_level_sampled_on_tick_t_is_out_after_tick_t_plus_delay_minus_1():
    assert changes([0, 1, 1, 0], delay=4) == [(5, 1), (7, 0)]


def test_pulses_shorter_than_the_delay_pass_unchanged():
    assert changes([1, 0, 1, 1, 0], delay=10) == [(10, 1), (11, 0), (12, 1), (14, 0)]


def test_the_last_level_is_held():
    assert changes([0, 0, 1], delay=3) == [(5, 1)]


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
