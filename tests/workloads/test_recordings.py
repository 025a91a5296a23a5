"""Recordings as others write them: the same three events, in every form that is read."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.workloads.events import Events, cut, read_events

T, X, Y, P = [0, 12_000, 40_000], [3, 3, 5], [4, 4, 4], [True, False, True]
"""Nanoseconds, columns, rows, polarities."""


def held(events: Events) -> tuple[list, ...]:
    assert events.x is not None and events.y is not None and events.p is not None
    return events.t.tolist(), events.x.tolist(), events.y.tolist(), events.p.tolist()


def write(folder: Path, text: str, name: str = "events.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


ROWS = "{0}3{0}4{0}1\n12{0}3{0}4{0}0\n40{0}5{0}4{0}1\n"
TABLES = {
    "plain": "t,x,y,p\n0,3,4,1\n12,3,4,0\n40,5,4,1\n",
    "blanks after commas": "timestamp, x, y, polarity\n0, 3, 4, 1\n12, 3, 4, 0\n40, 5, 4, 1\n",
    "another order": "x,y,pol,ts\n3,4,1,0\n3,4,0,12\n5,4,1,40\n",
    "capitals": "Time,X,Y,Polarity\n0,3,4,1\n12,3,4,-1\n40,5,4,1\n",
    "sizes": "t,x@34,y@20,on\n0,3,4,1\n12,3,4,0\n40,5,4,1\n",
    "floats and switches": "t,x,y,p\n0.0,3.0,4.0,True\n12.0,3.0,4.0,False\n40.0,5.0,4.0,True\n",
    "pandas with an index": ",t,x,y,p\n0,0,3,4,1\n1,12,3,4,0\n2,40,5,4,1\n",
    "quotes": '"t","x","y","p"\n0,3,4,1\n12,3,4,0\n40,5,4,1\n',
    "decimal commas": "\ufefft_ms;x;y;p\n0,0;3;4;1\n0,012;3;4;0\n0,04;5;4;1\n",
    "semicolons and points": "t_ms;x;y;p\n0.0;3;4;1\n0.012;3;4;0\n0.04;5;4;1\n",
    "tabs": "timestamp [us]\tx\ty\tp\n0\t3\t4\t1\n12\t3\t4\t0\n40\t5\t4\t1\n",
    "tabs and decimal commas": "t_ms\tx\ty\tp\n0,0\t3\t4\t1\n0,012\t3\t4\t0\n0,04\t5\t4\t1\n",
    "comments": "% made by hand\nt,x,y,p\n0,3,4,1\n# a pause\n12,3,4,0\n\n40,5,4,1\n",
    "header in a comment": "# t x y p\n0.000000 3 4 1\n0.000012 3 4 0\n0.000040 5 4 1\n",
    "v2e": "#!events.txt\n# Format: time (float s), x, y, polarity (0=off) as specified at\n"
    "# made by v2e\n0.000000 3 4 1\n0.000012 3 4 0\n0.000040 5 4 1\n",
    "units in words": "timestamp_s,x,y,p\n0,3,4,1\n12e-6,3,4,0\n0.00004,5,4,1\n",
    "whole numbers between blanks": "t x y p\n0 3 4 1\n12 3 4 0\n40 5 4 1\n",
    "vertical bars": "t|x|y|p\n0|3|4|1\n12|3|4|0\n40|5|4|1\n",
}
HEADERS = (
    ("t,x,y,p", "utf-16"),
    ("timestamp_usec,x,y,polarity", "utf-8"),
    ("Timestamp [\N{MICRO SIGN}s],x,y,p", "latin-1"),
    ("Timestamp [\N{GREEK SMALL LETTER MU}s],X,Y,P", "utf-8"),
    ("time (microseconds),x [px],y [px],polarity (0/1)", "utf-8"),
    ("t/us,pixel_x,pixel_y,on", "utf-8"),
    ("time in us,x_coordinate,y_coordinate,p", "utf-8"),
    ("event_time,x_pos,y_pos,pol", "utf-8"),
)


@pytest.mark.parametrize(("header", "coding"), HEADERS)
def test_headers_of_many_spellings(header: str, coding: str, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(f"{header}\n" + TABLES["plain"].partition("\n")[2], encoding=coding)
    assert held(read_events(path)) == (T, X, Y, P)


@pytest.mark.parametrize(
    "header", ["t_s_ms,x,y,p", "t,x_us,y,p", "delta_t,x,y,p", "px,x,y,p", "t_x,x,y,p", "us,x,y,p"]
)
def test_names_that_mean_nothing_known_are_refused(header: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a header such as"):
        read_events(write(tmp_path, f"{header}\n0,3,4,1\n"))


@pytest.mark.parametrize("unit", ["sec", "seconds", "msec", "milliseconds", "nsec", "nanoseconds"])
def test_units_in_words(unit: str, tmp_path: Path) -> None:
    found = read_events(write(tmp_path, f"time ({unit}),address\n0,1\n3,2\n"))
    assert found.t.tolist() == [0, 3 * {"s": 10**9, "m": 10**6, "n": 1}[unit[0]]]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("suffix", [".csv", ".txt"])
def test_tables(name: str, suffix: str, tmp_path: Path) -> None:
    found = read_events(write(tmp_path, TABLES[name], f"events{suffix}"))
    assert held(found) == (T, X, Y, P)
    assert found.sensor == ((34, 20) if name == "sizes" else None)


@pytest.mark.parametrize(
    ("text", "columns", "unit"),
    [
        ("3,4,1,0\n3,4,0,12\n5,4,1,40\n", "x,y,p,t", None),
        ("0 3 4 1\n12 3 4 0\n40 5 4 1\n", "t,x,y,p", None),
        ("0.0 3 4 1\n1.2e-5 3 4 0\n0.00004 5 4 1\n", "t,x,y,p", "s"),
        ("0,9,3,4,1\n12,9,3,4,0\n40,9,5,4,1\n", "t,-,x,y,p", None),
        ("when,where,there,how\n0,3,4,1\n12,3,4,0\n40,5,4,1\n", "t,x,y,p", None),
        ("t,x,y,p\n0,3,4,1\n12,3,4,0\n40,5,4,1\n", "t,x,y,p", None),
        ("34 20\n0 3 4 1\n12 3 4 0\n40 5 4 1\n", "t,x,y,p", None),
    ],
)
def test_tables_whose_columns_the_user_names(
    text: str, columns: str, unit: str | None, tmp_path: Path
) -> None:
    found = read_events(write(tmp_path, text), unit, columns=columns)
    assert held(found) == (T, X, Y, P)
    assert found.sensor == ((34, 20) if text.startswith("34") else None)


NAMES = {"plain": "t x y p", "tonic": "t x y p", "expelliarmus": "t x y on", "long": (
    "timestamp x y polarity"), "many": "ts xs ys ps"}  # fmt: skip


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("kind", ["columns", "floats", "structured npz", "npy"])
def test_arrays(names: str, kind: str, tmp_path: Path) -> None:
    values = [np.array(T) // 1000, np.array(X), np.array(Y), np.array(P)]
    named = dict(zip(names.split(), values, strict=True))
    table = np.empty(3, [(name, "?" if array.dtype == bool else "<i8")
                         for name, array in named.items()])  # fmt: skip
    for name, array in named.items():
        table[name] = array
    path = tmp_path / "events.npz"
    if kind == "columns":
        np.savez(path, **named)  # type: ignore[arg-type]
    elif kind == "floats":
        floats = {name: array.astype(np.float32) for name, array in named.items()}
        np.savez(path, **floats)  # type: ignore[arg-type]
    elif kind == "npy":
        path = tmp_path / "events.npy"
        np.save(path, table)
    else:
        np.savez(path, table, label=np.array(3))
    assert held(read_events(path)) == (T, X, Y, P)


def test_a_table_of_numbers_and_numpys_own_times(tmp_path: Path) -> None:
    table = np.array([X, Y, P, [0, 12, 40]]).T
    np.save(tmp_path / "a.npy", table)
    with pytest.raises(InputError, match="no names; --columns x,y,p,t"):
        read_events(tmp_path / "a.npy")
    assert held(read_events(tmp_path / "a.npy", columns="x,y,p,t")) == (T, X, Y, P)
    np.savez(tmp_path / "b.npz", arr_0=table)
    assert held(read_events(tmp_path / "b.npz", columns="x,y,p,t")) == (T, X, Y, P)
    np.savez(tmp_path / "d.npz", X, Y, P, [0, 12, 40])  # arr_0 .. arr_3
    with pytest.raises(InputError, match="--columns x,y,p,t"):
        read_events(tmp_path / "d.npz")
    assert held(read_events(tmp_path / "d.npz", columns="x,y,p,t")) == (T, X, Y, P)
    with pytest.raises(InputError, match="--columns names 3 columns"):
        read_events(tmp_path / "d.npz", columns="x,y,t")
    times = np.array([0, 12, 40], "timedelta64[us]")
    np.savez(tmp_path / "c.npz", t=times, x=X, y=Y, p=P)
    assert held(read_events(tmp_path / "c.npz")) == (T, X, Y, P)


@pytest.mark.parametrize("shape", [(3, 1), (1, 3)])
def test_columns_and_rows_of_matrices(shape: tuple[int, int], tmp_path: Path) -> None:
    named = {"t": [0, 12, 40], "x": X, "y": Y, "p": P}
    arrays = {name: np.reshape(values, shape) for name, values in named.items()}
    np.savez(tmp_path / "matlab.npz", **arrays)  # type: ignore[arg-type]
    assert held(read_events(tmp_path / "matlab.npz")) == (T, X, Y, P)


def aedat2(words: list[tuple[int, int]], header: str = "") -> bytes:
    text = f"#!AER-DAT2.0\r\n# This is a raw AE data file - do not edit\r\n{header}"
    return text.encode() + b"".join(struct.pack(">II", *word) for word in words)


def dvs(x: int, y: int, p: int) -> int:
    return y << 8 | x << 1 | p


def davis(x: int, y: int, p: int) -> int:
    return y << 22 | x << 12 | p << 11


CAMERAS = {
    "unnamed": (dvs, "", None),
    "DVS128": (dvs, "# AEChip: ch.unizh.ini.jaer.chip.retina.DVS128\r\n", (128, 128)),
    "DAVIS": (davis, "# AEChip: eu.seebetter.ini.chips.davis.Davis346B\r\n", (346, 260)),
    "DAVIS, unnamed": (davis, "", None),
}


@pytest.mark.parametrize("name", CAMERAS)
def test_aedat_2(name: str, tmp_path: Path) -> None:
    word, header, sensor = CAMERAS[name]
    path = tmp_path / "jaer.aedat"
    words = [(word(x, y, p), t // 1000) for t, x, y, p in zip(T, X, Y, P, strict=True)]
    other = 1 << 15 if word is dvs else 1 << 31  # an external event, a sample of a frame
    path.write_bytes(aedat2([*words[:2], (other | word(9, 9, 1), 20), words[2]], header))
    found = read_events(path)
    assert held(found) == (T, X, Y, P) and found.sensor == sensor


def test_aedat_2_that_is_damaged_or_of_no_known_camera(tmp_path: Path) -> None:
    path = tmp_path / "jaer.aedat"
    path.write_bytes(aedat2([(dvs(1, 2, 1), 5)])[:-1])
    with pytest.raises(InputError, match="last is cut short"):
        read_events(path)
    path.write_bytes(aedat2([(0x1234567 & ~(1 << 10), 5)]))
    with pytest.raises(InputError, match=r"header .* to name the camera"):
        read_events(path)
    path.write_bytes(aedat2([]))
    with pytest.raises(InputError, match="at least one event"):
        read_events(path)


def test_aedat_2_counts_on_where_32_bits_end(tmp_path: Path) -> None:
    path = tmp_path / "jaer.aedat"
    path.write_bytes(aedat2([(dvs(1, 2, 1), 2**32 - 1), (dvs(1, 2, 1), 3)]))
    assert read_events(path).t.tolist() == [(2**32 - 1) * 1000, (2**32 + 3) * 1000]


def nmnist(x: int, y: int, p: int, t: int) -> bytes:
    return bytes((x, y)) + (p << 23 | t).to_bytes(3, "big")


def test_nmnist(tmp_path: Path) -> None:
    path = tmp_path / "00002.bin"
    events = [nmnist(x, y, p, t // 1000) for t, x, y, p in zip(T, X, Y, P, strict=True)]
    path.write_bytes(b"".join(events))
    assert held(read_events(path)) == (T, X, Y, P)
    path.write_bytes(events[2] + nmnist(0, 240, 0, 0) + events[2])  # 2**13 us later
    assert read_events(path).t.tolist() == [40_000, 40_000 + 8_192_000]
    path.write_bytes(events[0] + b"x")
    with pytest.raises(InputError, match="6 bytes are no multiple"):
        read_events(path)


def test_nmnist_may_begin_like_a_packed_file(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(nmnist(0x1F, 0x8B, 0, 5))
    found = read_events(path)
    assert found.x is not None and found.y is not None
    assert (found.x.tolist(), found.y.tolist(), found.t.tolist()) == ([0x1F], [0x8B], [5000])


def test_hdf5(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    columns = {"ts": np.array(T) // 1000, "xs": X, "ys": Y, "ps": P}
    for place in ("/", "/events"):
        with h5py.File(tmp_path / "a.h5", "w") as file:
            for name, values in columns.items():
                file[f"{place}/{name}"] = values
        assert held(read_events(tmp_path / "a.h5")) == (T, X, Y, P)
    table = np.array(
        list(zip(X, Y, P, [0, 12, 40], strict=True)),
        [("x", "<u2"), ("y", "<u2"), ("p", "<i2"), ("t", "<i8")],
    )
    with h5py.File(tmp_path / "b.hdf5", "w") as file:
        file["CD/events"] = table
    assert held(read_events(tmp_path / "b.hdf5")) == (T, X, Y, P)
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["voxels"] = X
    with pytest.raises(InputError, match="members are voxels"):
        read_events(tmp_path / "c.h5")
    (tmp_path / "d.h5").write_bytes((tmp_path / "b.hdf5").read_bytes()[:900])
    with pytest.raises(InputError, match="intact HDF5 file"):
        read_events(tmp_path / "d.h5")


REFUSED: dict[str, tuple[bytes, str]] = {
    "a.raw": (b"% date 2023-01-01\n% evt 3.0\n\x00", r"RAW recording \(EVT 3.0\).*faery"),
    "b.raw": (b"% format EVT2;height=720\n\x00", r"RAW recording \(EVT 2\).*faery"),
    "c.dat": (b"% Data file containing CD events.\n% Version 2\n\x00", "Prophesee DAT.*faery"),
    "d.es": (b"Event Stream\x02\x00\x00", "Event Stream recording.*faery input file d.es"),
    "e.mat": (b"MATLAB 5.0 MAT-file, Platform: GLNXA64", "MATLAB file.*loadmat"),
    "f.aedat": (b"#!AER-DAT1.0\r\n", r"AEDAT 1\.0 recording; versions 2\.0, 3\.1 and 4"),
    "g.aedat": (b"#!AER-DAT3.0\r\n", r"AEDAT 3\.0 recording"),
    "h.bag": (b"#ROSBAG V2.0\n", "ROS bag"),
    "i.zip": (b"PK\x03\x04", "zip archive; unpack it"),
    "j.gz": (b"\x1f\x8b\x08", "gzip file; unpack it"),
    "k.pkl": (b"\x80\x04\x95", "Python pickle"),
    "l.xyz": (b"\x01\x02\x03", "neither its name nor its first bytes"),
    "m.csv": (b"% Data file containing CD events.\n% Version 2\n\x00", "Prophesee DAT"),
    "v.csv": (b"\x1f\x8b\x08\x00", "it is a gzip file; unpack it"),
    "w.csv": (b"PK\x03\x04xl/workbook", "it is a zip archive"),
    "x.npz": (b"\x80\x04\x95", "it is a Python pickle"),
    "y.csv": (b"<!DOCTYPE html><html>", "it is a web page"),
    "z.txt": (b"\x89PNG\r\n", "it is a PNG image"),
    "n.bin": (b"% evt 2.0\n\x00", "Prophesee RAW"),
    "packed.bin": (b"\x1f\x8b\x08" + bytes(12), "gzip file; unpack it"),
    "text.bin": (b"t,x,y,p\n0,1,2,1\n", "it is text; a table of events needs the suffix"),
    "table.dat": (b"t,x,y,p\n0,1,2,1\n", "it is text; a table of events needs the suffix"),
    "ros2.db3": (b"SQLite format 3\x00", "SQLite database"),
    "dates.csv": (b"t,x,y,p\n2026-01-01,1,2,1\n", "a number as the time in line 2"),
    "halves.csv": (b"t,x,y,p\n0.0,1,2,1\n0.5,1,2,1\n1.0,1,2,1\n", "0.5 apart; --unit s, ms"),
    "o.txt": (b"", "the file is empty"),
    "p.csv": (b"3,4,1,0\n", "first line is '3,4,1,0'; --columns x,y,p,t"),
    "q.csv": (b"a,b,c\n1,2,3\n", "not a,b,c; --columns"),
    "r.csv": (b"# nothing\n", "at least one event"),
    "s.csv": (b"timestamp,x,y,p\n0.00,1,2,1\n0.01,1,2,1\n0.03,1,2,1\n", "apart; --unit s"),
    "t.csv": (b"t,x,y,p\n0,1,2.5,1\n", "line 2"),
    "u.csv": (b"t,x,y,p\n0,1,nan,1\n", "line 2"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_named(name: str, tmp_path: Path) -> None:
    content, message = REFUSED[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read_events(path)
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("x,y,p", "one column of times"),
        ("t,x,q,p", "--columns names"),
        ("t,t,x,y", "one column of times"),
        ("t,x,y", "line 1"),
        ("", "--columns names"),
    ],
)
def test_bad_names_of_columns(columns: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path, "0,3,4,1\n")
    with pytest.raises(InputError, match=message):
        read_events(path, columns=columns)


def test_columns_that_contradict_a_header_or_mean_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, TABLES["plain"])
    with pytest.raises(InputError, match="header names the columns t, x, y, p"):
        read_events(path, columns="x,y,p,t")
    path = tmp_path / "00001.bin"
    path.write_bytes(nmnist(1, 2, 1, 3))
    with pytest.raises(InputError, match="--columns is for tables"):
        read_events(path, columns="x,y,p,t")


def test_sorting_keeps_the_order_of_one_time(tmp_path: Path) -> None:
    path = write(tmp_path, "t,address\n5,1\n3,2\n5,3\n3,4\n")
    with pytest.raises(InputError, match="--sort sorts them"):
        read_events(path)
    found = read_events(path, sort=True)
    assert found.address is not None
    assert found.t.tolist() == [3000, 3000, 5000, 5000] and found.address.tolist() == [2, 4, 1, 3]


@pytest.mark.parametrize(
    ("begin", "end", "kept"),
    [
        (None, None, [1, 2, 3, 4]),
        ("1000012", None, [2, 3, 4]),
        ("1000012us", "1.00004s", [2]),
        ("+12us", "+40us", [2]),
        ("+0.012ms", "+40.001us", [2, 3]),
        (None, "1000.04ms", [1, 2]),
        ("+13000ns", None, [3, 4]),
    ],
)
def test_cutting(begin: Any, end: Any, kept: list[int]) -> None:
    t = 10**9 + np.array([0, 12_000, 40_000, 900_000])
    found = cut(Events(t, np.array([1, 2, 3, 4])), begin, end)
    assert found.address is not None and found.address.tolist() == kept
    assert found.t.tolist() == [t[k - 1] for k in kept]


@pytest.mark.parametrize(
    ("begin", "end", "message"),
    [
        ("soon", None, "--from must be a time"),
        (None, "1h", "--to must be a time"),
        ("5", "5", "No event is left from 5 to 5; the events last from 0us to 40us"),
        ("1s", None, "No event is left"),
        (None, "nan", "--to must be"),
    ],
)
def test_bad_cuts(begin: Any, end: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        cut(Events(np.array(T), np.array(X)), begin, end)
