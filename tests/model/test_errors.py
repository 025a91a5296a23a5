import pickle

from goldspike.model.errors import InputError


def test_a_name_with_line_breaks_stays_one_line():
    assert str(InputError("a\nb\r\x1b[2J\u2028.npz: expected")) == (
        r"a\nb\r\x1b[2J\u2028.npz: expected"
    )


def test_what_can_be_read_stays_as_it_is():
    assert str(InputError("µ -> 'ä' – 日本")) == "µ -> 'ä' – 日本"


def test_a_long_word_loses_its_middle():
    shown = str(InputError(f"begin {'9' * 100_000} end"))
    assert len(shown) < 320
    assert shown.startswith("begin 999") and shown.endswith("999 end") and " ... " in shown


def test_a_long_list_loses_its_middle():
    shown = str(InputError(", ".join(str(n) for n in range(100_000))))
    assert len(shown) < 2500
    assert shown.startswith("0, 1") and shown.endswith("99999")


def test_a_byte_that_is_no_text_is_shown():
    assert str(InputError("a\udcff.npz")) == r"a\udcff.npz"


def test_it_travels_between_processes():
    assert str(pickle.loads(pickle.dumps(InputError("a\nb")))) == r"a\nb"
