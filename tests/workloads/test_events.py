"""Event files: exact times in every format, and one sentence for whatever is wrong."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.model.files import save_npz
from goldspike.workloads.events import read_events, write_events

DAY = 1_700_000_000_000_000_120  # nanoseconds, beyond what a float keeps


@pytest.mark.parametrize("suffix", [".csv", ".npz"])
def test_what_is_written_is_read_back_to_the_nanosecond(suffix: str, tmp_path: Path) -> None:
    t = np.array([-70, 0, 999, 1000, 1_000_000_010, DAY, DAY + 1], np.int64)
    address = np.array([0, 255, 3, 3, 9, 1, 2])
    path = tmp_path / f"events{suffix}"
    write_events(path, t, address)
    found = read_events(path)
    np.testing.assert_array_equal(found.t, t)
    assert found.address is not None
    np.testing.assert_array_equal(found.address, address)


@pytest.mark.parametrize(
    ("text", "unit", "t"),
    [
        ("t,address\n1.5,3\n", None, 1500),
        ("t,address\n1.5,3\n", "ms", 1_500_000),
        ("t_s,address\n1.5e-3,3\n", None, 1_500_000),
        ("t_ns , Address\n12, 3\n\n", None, 12),
        ("address,t_us\n3,1700000000000000.12\n", "us", DAY),
    ],
)
def test_units_of_a_csv_file(text: str, unit: str | None, t: int, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(text)
    found = read_events(path, unit)
    assert found.t.tolist() == [t]
    assert found.address is not None and found.address.tolist() == [3]


def test_pixels_of_a_csv_file(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("t,x,y,p\n1,2,3,-1\n1,4,5,1\n")
    found = read_events(path)
    assert found.address is None and found.x is not None and found.p is not None
    assert found.x.tolist() == [2, 4] and found.p.tolist() == [False, True]


def test_an_npz_file_may_name_unit_and_sensor(tmp_path: Path) -> None:
    path = tmp_path / "events.npz"
    save_npz(path, t=np.array([0.5, 2.0]), x=np.array([1, 2]), y=np.array([3, 4]),
             unit=np.array("ms"), width=np.array(20), height=np.array(10))  # fmt: skip
    found = read_events(path)
    assert found.t.tolist() == [500_000, 2_000_000] and found.sensor == (20, 10)


def test_recordings_are_read_in_microseconds(write_31: Callable[..., Path]) -> None:
    found = read_events(write_31([(7, 1, 2, 1)]))
    assert found.t.tolist() == [7000] and found.sensor == (128, 128)


BAD_CSV = {
    "empty": ("", "the file is empty"),
    "no events": ("t,address\n", "at least one event"),
    "no time": ("p,address\n1,2\n", "one column of times"),
    "two times": ("t,t_us,address\n1,1,2\n", "one column of times"),
    "unknown": ("t,address,weight\n1,2,3\n", "not t,address,weight"),
    "twice": ("t,address,address\n1,2,3\n", "one column of address"),
    "neither": ("t,x\n1,2\n", "t and address, or t, x, y"),
    "both": ("t,address,x,y\n1,2,3,4\n", "either address or x and y"),
    "words": ("t,address\n1,two\n", "line 2.*'1,two'"),
    "fraction": ("t,address\n1,2.5\n", "line 2.*'1,2.5'"),
    "nan": ("t,address\nnan,2\n", "line 2.*'nan,2'"),
    "too late": ("t_s,address\n1e12,2\n", "line 2"),
    "short line": ("t,address\n1,2\n3\n", "line 3.*'3'"),
    "unsorted": ("t,address\n5,2\n4,2\n", r"sorted by time, but event 1 \(counted from 0\)"),
    "polarity": ("t,x,y,p\n1,2,3,2\n", "polarities 0 or 1"),
}


@pytest.mark.parametrize("name", BAD_CSV)
def test_a_bad_csv_file_is_refused(name: str, tmp_path: Path) -> None:
    text, message = BAD_CSV[name]
    path = tmp_path / "events.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"events\.csv: .*{message}"):
        read_events(path)


BAD_NPZ = {
    "shapes": ({"address": np.zeros(3, int)}, "one entry of address per time"),
    "fractions": ({"address": np.array([0, 0.5])}, "whole numbers in address"),
    "nan": ({"t": np.array([0, np.nan]), "address": np.zeros(2, int)}, "finite times"),
    "rank": ({"t": np.zeros((2, 2)), "address": np.zeros((2, 2), int)}, "finite times"),
    "unit": ({"unit": np.array("h"), "address": np.zeros(2, int)}, "unit to be"),
    "no address": ({}, "t and address"),
    "far": ({"t": np.array([0.0, 1e300]), "address": np.zeros(2, int)}, "292 years"),
}


@pytest.mark.parametrize("name", BAD_NPZ)
def test_a_bad_npz_file_is_refused(name: str, tmp_path: Path) -> None:
    arrays, message = BAD_NPZ[name]
    path = tmp_path / "events.npz"
    save_npz(path, **({"t": np.array([0, 1])} | arrays))
    with pytest.raises(InputError, match=rf"events\.npz: .*{message}"):
        read_events(path)


def test_units_that_contradict_each_other_are_refused(
    tmp_path: Path, write_31: Callable[..., Path]
) -> None:
    path = tmp_path / "events.csv"
    path.write_text("t_ms,address\n1,2\n")
    with pytest.raises(InputError, match="in ms, as t_ms says, not in us"):
        read_events(path, "us")
    with pytest.raises(InputError, match="must be one of s, ms, us, ns, not 'min'"):
        read_events(path, "min")
    with pytest.raises(InputError, match="count microseconds"):
        read_events(write_31([(1, 2, 3, 1)]), "ns")
    save_npz(tmp_path / "e.npz", t=np.zeros(1), address=np.zeros(1, int), unit=np.array("ns"))
    with pytest.raises(InputError, match="in ns, as unit says, not in us"):
        read_events(tmp_path / "e.npz", "us")


def test_other_files_are_refused(tmp_path: Path) -> None:
    for name, message in (("a.txt", "expected an event file"), ("a.csv", "no such file")):
        with pytest.raises(InputError, match=message):
            read_events(tmp_path / name)
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not text"):
        read_events(tmp_path / "b.csv")
    with pytest.raises(InputError, match=r"ends in \.csv or \.npz"):
        write_events(tmp_path / "a.txt", np.zeros(1, np.int64), np.zeros(1, np.int64))
