import re

import numpy as np
import pytest

from goldspike.model.trace import Field, TraceLayout, pack_bits

LAYOUT = TraceLayout(
    (Field("flag", 1), Field("wide", 9), Field("values", 6, 3), Field("lines", 12, bitmap=True))
)


@pytest.mark.parametrize(("bits", "size"), [(1, 1), (8, 1), (9, 2), (17, 4), (33, 8), (64, 8)])
def test_an_element_takes_a_power_of_two_of_bytes(bits, size):
    assert Field("x", bits).element_bytes == size


def test_a_bitmap_takes_whole_bytes():
    assert [Field("x", n, bitmap=True).element_bytes for n in (1, 8, 9, 65, 512)] == [
        1,
        1,
        2,
        9,
        64,
    ]


def test_fields_follow_each_other_without_gaps():
    assert LAYOUT.width == 8 * (1 + 2 + 3 + 2)
    offsets = {name: entry[1] for name, entry in (LAYOUT.dtype.fields or {}).items()}
    assert offsets == {"flag": 0, "wide": 1, "values": 3, "lines": 6}
    assert LAYOUT.record_dtype.itemsize == 8 + 8


def test_words_become_records():
    word = 1 | 0x1AB << 8 | 5 << 24 | 6 << 32 | 7 << 40 | 0x801 << 48
    (record,) = LAYOUT.from_ints([-2], [word])
    padded = np.frombuffer(word.to_bytes(8 + 4, "little"), np.uint8)[np.newaxis]
    assert LAYOUT.from_bytes(np.array([-2]), padded).tobytes() == record.tobytes()
    assert record["tick"] == -2
    assert (record["flag"], record["wide"]) == (1, 0x1AB)
    assert record["values"].tolist() == [5, 6, 7]
    assert record["lines"].tolist() == [0x01, 0x08]


def test_a_part_is_selected_by_its_flag():
    part = TraceLayout((Field("x", 4),))
    whole = TraceLayout.combined([("a", part), ("b", part)])
    names = ["a", "b", "flags_padding", "a_x", "a_padding", "b_x", "b_padding"]
    assert [field.name for field in whole.fields] == names
    assert [(whole.dtype.fields or {})[name][1] % 4 for name in ("a", "a_x", "b_x")] == [0, 0, 0]
    records = np.zeros(3, whole.record_dtype)
    records["tick"] = [1, 2, 5]
    records["a"], records["a_x"] = [1, 0, 1], [7, 7, 3]
    records["b"], records["b_x"] = [0, 1, 1], [0, 9, 8]
    assert part.select(records, "a").tolist() == [(1, 7), (5, 3)]
    assert part.select(records, "b").tolist() == [(2, 9), (5, 8)]


def test_lines_are_packed_lowest_first():
    lines = np.zeros((2, 10), bool)
    lines[0, [0, 9]] = lines[1, 3] = True
    assert pack_bits(lines).tolist() == [[1, 2], [8, 0]]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("x", 0), ValueError, "bits must be in 1..64, not 0"),
        (("x", 65), ValueError, "bits must be in 1..64, not 65"),
        (("x", 1.0), TypeError, "bits must be an integer in 1..64, not 1.0"),
        (("x", 0, None, True), ValueError, "bits must be at least 1, not 0"),
    ],
)
def test_bad_fields_are_refused(arguments, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        Field(*arguments)
