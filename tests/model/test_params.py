import re

import numpy as np
import pytest

from goldspike.model.params import require_int


@pytest.mark.parametrize("value", [1, 5, np.int8(3), np.uint64(2)])
def test_integers_of_any_kind_within_the_range_pass(value):
    assert require_int("n", value, 1, 5) == value
    assert type(require_int("n", value, 1, 5)) is int


def test_without_an_upper_bound_all_above_pass():
    assert require_int("n", 10**30, 0) == 10**30


@pytest.mark.parametrize(
    ("value", "high", "error", "message"),
    [
        (0, 5, ValueError, "n must be in 1..5, not 0"),
        (6, 5, ValueError, "n must be in 1..5, not 6"),
        (0, None, ValueError, "n must be at least 1, not 0"),
        (True, 5, TypeError, "n must be an integer in 1..5, not True"),
        (2.0, 5, TypeError, "n must be an integer in 1..5, not 2.0"),
        ("2", None, TypeError, "n must be an integer at least 1, not '2'"),
        (np.array([1, 2]), 5, TypeError, "n must be an integer in 1..5, not array([1, 2])"),
    ],
)
def test_anything_else_is_refused(value, high, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        require_int("n", value, 1, high)
