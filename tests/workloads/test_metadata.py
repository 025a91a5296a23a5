"""What a file says about itself: numbers are numbers and words are words, or it is refused."""

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.workloads.metadata import read_number, read_whole, read_word


@pytest.mark.parametrize(
    "value", [8, 8.0, np.int8(8), np.float32(8), np.array(8), np.array(8.0), np.uint64(8)]
)
def test_a_whole_number_may_come_as_any_number(value):
    found = read_whole("f", "side", value, 1, 10)
    assert found == 8 and type(found) is int


@pytest.mark.parametrize("value", [0.5, 3, np.float64(0.5), np.array(0.5), np.int64(3)])
def test_a_number_may_be_whole_or_not(value):
    found = read_number("f", "rate", value)
    assert found == float(value) and type(found) is float


NO_NUMBER = [
    ("abc", "'abc'"),
    ("8", "'8'"),
    (b"8", "b'8'"),
    (np.array("8"), "'8'"),
    (float("nan"), "nan"),
    (np.array(np.nan), "nan"),
    (float("-inf"), "-inf"),
    (True, "True"),
    (np.bool_(True), "True"),
    (None, "NoneType"),
    ({"a": 1}, "dict"),
    ([8], "list"),
    (1j, "complex"),
    (np.datetime64("2020-01-01"), "date"),
    (np.array([8]), r"an array of the shape \(1,\)"),
    (np.zeros((2, 0)), r"an array of the shape \(2, 0\)"),
]


@pytest.mark.parametrize(("value", "shown"), NO_NUMBER)
def test_what_is_no_number_is_refused(value, shown):
    with pytest.raises(InputError, match=rf"^f: expected a whole number in side, not {shown}\.$"):
        read_whole("f", "side", value, 1, 10)
    with pytest.raises(InputError, match=rf"^f: expected a finite number in rate, not {shown}\.$"):
        read_number("f", "rate", value)


@pytest.mark.parametrize("value", [7.5, np.float32(0.1), np.array(1e-300)])
def test_a_fraction_is_no_whole_number(value):
    with pytest.raises(InputError, match=r"^f: expected a whole number in side, not [\d.e-]+\.$"):
        read_whole("f", "side", value, 1, 10)


@pytest.mark.parametrize("value", [0, 11, -(10**30), 1e300, np.uint64(2**64 - 1)])
def test_a_number_out_of_its_range_is_refused(value):
    with pytest.raises(InputError, match=r"^f: expected 1\.\.10 in side, not [-\d.e+]+\.$"):
        read_whole("f", "side", value, 1, 10)
    with pytest.raises(InputError, match=r"^f: expected 1\.\.10 in rate, not "):
        read_number("f", "rate", value, 1, 10)


@pytest.mark.parametrize("value", ["us", b"us", np.array("us"), np.array(b"us"), np.str_("us")])
def test_a_word_may_come_as_text_or_bytes(value):
    assert read_word("f", "unit", value) == "us"


@pytest.mark.parametrize("value", [1, 0.5, None, np.array(["us"]), np.array(3)])
def test_what_is_no_word_is_refused(value):
    with pytest.raises(InputError, match=r"^f: expected a text in unit, not "):
        read_word("f", "unit", value)
