import numpy as np
import pytest

from goldspike.model.timing.edge_detector import EdgeDetectorModel, EdgeDetectorParams


def run(levels, takes, inputs=1):
    """Return (tick, pending, merged) of every trace word; lines as bits of an integer."""
    model = EdgeDetectorModel(EdgeDetectorParams(inputs=inputs))
    words = []
    for tick, (level, taken) in enumerate(zip(levels, takes, strict=True), start=1):
        bits = [np.array([value >> k & 1 for k in range(inputs)], bool) for value in (level, taken)]
        word = model.tick(*bits)
        if word is not None:
            words.append(
                (tick, *(int.from_bytes(bytes(word[f]), "little") for f in ("pending", "merged")))
            )
    return words, model


def test_an_edge_waits_until_it_is_taken():
    words, model = run([0, 1, 1, 1, 1], [0, 0, 0, 1, 0])
    assert words == [(2, 1, 0), (4, 0, 0)]
    assert model.merged == 0


def test_a_level_that_stays_high_is_one_edge():
    assert run([1, 1, 1, 0, 0], [0] * 5)[0] == [(1, 1, 0)]


def test_a_second_edge_merges_and_is_counted():
    words, model = run([1, 0, 1, 0, 1], [0] * 5)
    assert words == [(1, 1, 0), (3, 1, 1), (5, 1, 1)]
    assert model.merged == 2


def test_edge_and_take_on_one_tick_leave_a_new_spike():
    words, model = run([1, 0, 1, 0], [0, 0, 1, 0])
    assert words == [(1, 1, 0), (3, 1, 0)]
    assert model.merged == 0


def test_a_take_of_an_empty_line_takes_nothing():
    assert run([0, 1, 1], [1, 1, 0])[0] == [(1, 0, 0), (2, 1, 0)]


def test_lines_do_not_see_each_other():
    words, _ = run([0b001, 0b000, 0b111], [0, 0, 0b010], inputs=3)
    assert words == [(1, 0b001, 0), (3, 0b111, 0b001)]


def test_line_64_is_bit_0_of_byte_8():
    words, _ = run([1 << 64], [0], inputs=65)
    assert words == [(1, 1 << 64, 0)]


@pytest.mark.parametrize(
    ("inputs", "error"), [(0, ValueError), (4097, ValueError), (2.0, TypeError), (True, TypeError)]
)
def test_bad_parameters_are_refused(inputs, error):
    with pytest.raises(error, match=r"^inputs must be (an integer )?in 1\.\.4096, not"):
        EdgeDetectorParams(inputs=inputs)
