"""AEDAT 3.1 and 4: what the file holds is what is read; what is no such file is one sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.workloads.recordings import aedat
from goldspike.workloads.recordings.aedat import Recording, read_aedat

Write = Callable[..., Path]
EVENTS = [(5, 3, 127, 1), (5, 0, 0, 0), (9, 127, 64, 1), (2**31 - 1, 12, 99, 0)]


def columns(found: Recording) -> list[tuple[int, ...]]:
    return [
        tuple(map(int, row)) for row in zip(found.t, found.x, found.y, found.p, strict=True)
    ]  # fmt: skip


def test_version_31_reads_every_event_and_the_sensor(write_31: Write) -> None:
    found = read_aedat(write_31(EVENTS))
    assert columns(found) == EVENTS
    assert found.sensor == (128, 128)


def test_version_31_of_an_unknown_camera_leaves_the_size_open(write_31: Write) -> None:
    assert read_aedat(write_31(EVENTS, "Retina9")).sensor is None
    assert read_aedat(write_31(EVENTS, "DAVIS240C")).sensor == (240, 180)


def test_version_31_counts_on_where_the_time_wraps(tmp_path: Path, helpers_31: Any) -> None:
    path = tmp_path / "wrapped.aedat"
    path.write_bytes(
        helpers_31([]) + helpers_31.packet(1, 1, 0, [(helpers_31.word(1, 2, 1), 2**31 - 1)])
        + helpers_31.packet(1, 1, 1, [(helpers_31.word(1, 2, 1), 0)])
    )  # fmt: skip
    assert read_aedat(path).t.tolist() == [2**31 - 1, 2**31]


def test_version_31_passes_over_invalid_events(tmp_path: Path, helpers_31: Any) -> None:
    records = [(helpers_31.word(1, 2, 1), 1), (helpers_31.word(3, 4, 1, valid=0), 2)]
    path = tmp_path / "invalid.aedat"
    path.write_bytes(helpers_31([]) + helpers_31.packet(1, 1, 0, records))
    assert columns(read_aedat(path)) == [(1, 1, 2, 1)]


def test_version_31_of_two_cameras_is_refused(tmp_path: Path, helpers_31: Any) -> None:
    path = tmp_path / "two.aedat"
    path.write_bytes(
        helpers_31(EVENTS) + helpers_31.packet(1, 2, 0, [(helpers_31.word(1, 2, 1), 9)])
    )
    with pytest.raises(InputError, match="one camera, not of 2"):
        read_aedat(path)


def test_version_4_reads_every_event_and_the_sensor(write_4: Write) -> None:
    pytest.importorskip("aedat")
    late = [(1_700_000_000_000_000 + t, x, y, p) for t, x, y, p in EVENTS]
    found = read_aedat(write_4([late[:1], late[1:]]))
    assert columns(found) == late
    assert found.sensor == (128, 100)


@pytest.mark.parametrize("cut", [1, 9, 29, 40])
def test_a_file_cut_short_is_refused(cut: int, write_31: Write) -> None:
    path = write_31(EVENTS)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(InputError, match=r"camera\.aedat: expected whole packets.*cut short\.$"):
        read_aedat(path)


BAD_31 = {
    "no end": (lambda data: data.replace(b"#!END-HEADER", b"#!END"), "ends with #!END-HEADER"),
    "format": (lambda data: data.replace(b"RAW", b"PNG"), "format RAW, not 'Format: PNG'"),
    "size": (lambda data: data + bytes(28), "byte [0-9]+, but it makes no sense"),
    "version": (
        lambda data: data.replace(b"3.1", b"3.0", 1),
        r"is an AEDAT 3\.0 recording; versions 2\.0, 3\.1 and 4 are read",
    ),
    "empty": (lambda _: b"", "is an empty file"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_31)
def test_a_bad_file_of_version_31_is_refused(name: str, write_31: Write) -> None:
    change, message = BAD_31[name]
    path = write_31(EVENTS)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(InputError, match=message):
        read_aedat(path)


def test_a_bad_file_of_version_4_is_refused(write_4: Write) -> None:
    pytest.importorskip("aedat")
    path = write_4([EVENTS])
    whole = path.read_bytes()
    for cut in (14, 30, 200, len(whole) - 70):
        path.write_bytes(whole[:cut])
        with pytest.raises(InputError, match=r"camera\.aedat4: expected"):
            read_aedat(path)
    with pytest.raises(InputError, match="one stream of events, not 2"):
        read_aedat(write_4([EVENTS], 2))
    with pytest.raises(InputError, match="no stream found"):
        read_aedat(write_4([EVENTS], 0))


def test_noise_in_version_4_is_one_sentence_or_events(write_4: Write) -> None:
    pytest.importorskip("aedat")
    path = write_4([EVENTS[:2], EVENTS[2:]])
    whole = np.frombuffer(path.read_bytes(), np.uint8)
    rng = np.random.default_rng(1)
    for _ in range(20):
        noisy = whole.copy()
        noisy[rng.integers(14, whole.size, 3)] = rng.integers(0, 256, 3)
        path.write_bytes(noisy.tobytes())
        try:
            read_aedat(path)
        except InputError as error:
            assert str(error).startswith(str(path))


def test_a_missing_package_is_one_sentence(write_4: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "aedat", None)
    with pytest.raises(InputError, match=r"package aedat.*extra 'events'\.$"):
        aedat.require_aedat()
    with pytest.raises(InputError, match="extra 'events'"):
        read_aedat(write_4([EVENTS]))


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_aedat(tmp_path / "nowhere.aedat")
    with pytest.raises(InputError, match="it is a folder"):
        read_aedat(tmp_path)
