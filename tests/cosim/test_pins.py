"""Every output pin of every circuit is compared: what comparing means."""

import numpy as np
import pytest

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.cosim.bench.pins import gather, held, strobes, through
from goldspike.cosim.bench.scoreboard import compare_pins

DTYPE = np.dtype([("tick", "<i8"), ("busy", "u1"), ("word", "<u2")])


@pytest.mark.parametrize("circuit", circuits())
def test_a_bench_says_what_its_pins_do(circuit: str) -> None:
    assert load_bench(circuit).pins is not Bench.pins


def test_records_are_the_ticks_on_which_a_pin_changes() -> None:
    courses = {
        "busy": strobes(np.array([3, 4, 9])),
        "word": held(np.array([3, 8]), np.array([7, 7])),
    }
    assert gather(DTYPE, courses).tolist() == [
        (0, 0, 0), (3, 1, 0), (4, 1, 7), (5, 0, 7), (9, 1, 7), (10, 0, 7),
    ]  # fmt: skip
    lines = np.array([[True, False], [True, False], [False, True]])
    courses = {"busy": through(np.array([1, 0, 0])), "word": through(lines)}
    assert gather(DTYPE, courses).tolist() == [(0, 0, 0), (1, 1, 1), (2, 0, 1), (3, 0, 2)]


def test_a_strobe_with_a_value_gives_way_to_the_next() -> None:
    since, values = strobes(np.array([2, 3, 5]), np.array([4, 6, 4]))
    kept = gather(DTYPE, {"busy": through(np.zeros(0, int)), "word": (since, values)})
    assert kept[["tick", "word"]].tolist() == [(0, 0), (2, 4), (3, 6), (4, 0), (5, 4), (6, 0)]


def records(*rows: tuple[int, int, int]) -> np.ndarray:
    return np.array(list(rows), DTYPE)


def test_the_first_wrong_pin_is_named_unless_it_is_free() -> None:
    nothing = records((0, 0, 0))
    wanted = records((0, 0, 0), (5, 1, 3))
    assert compare_pins((wanted, nothing), wanted, 40) is None
    found = compare_pins((wanted, nothing), records((0, 0, 0), (4, 0, 2), (5, 1, 3)), 40)
    assert str(found) == "tick 4, field pin word: expected 0, got 2"
    found = compare_pins((wanted, nothing), records((0, 0, 0), (5, 0, 3)), 40)
    assert str(found) == "tick 5, field pin busy: expected 1, got 0"
    assert compare_pins((wanted, nothing), records((0, 0, 0)), 4) is None
    free = records((0, 0, 0), (4, 0, 2), (5, 0, 0))
    assert compare_pins((wanted, free), records((0, 0, 0), (4, 0, 2), (5, 1, 3)), 40) is None
    assert compare_pins((wanted, free), records((0, 0, 0), (4, 0, 2), (5, 1, 1)), 40) is not None
    late = records((0, 0, 3), (9, 0, 0))
    assert compare_pins((records((0, 0, 0), (9, 0, 1)), late), records((0, 0, 2)), 8) is None
