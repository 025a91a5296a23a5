"""Whatever a name stands for: a plain file is opened, anything else is one sentence, at once."""

import os
import socket

import pytest

from goldspike.model import limits
from goldspike.model.errors import InputError, one_line
from goldspike.model.reading import open_file, read_bytes, require_file


def refused(path, ending):
    for read in (open_file, read_bytes, require_file):
        with pytest.raises(InputError) as caught:
            read(path, "a test file")
        assert str(caught.value) == one_line(f"{path}: expected a test file{ending}.")


def test_a_plain_file_is_read(tmp_path):
    path = tmp_path / "plain"
    path.write_bytes(b"abc")
    (tmp_path / "link").symlink_to(path)
    assert read_bytes(tmp_path / "link", "a test file") == b"abc"
    assert require_file(path, "a test file") == 3
    with open_file(path, "a test file") as stream:
        assert stream.read() == b"abc"


def test_a_pipe_is_refused_and_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", ", but it is a pipe")


def test_a_device_is_refused(tmp_path):
    (tmp_path / "zero").symlink_to("/dev/zero")
    refused(tmp_path / "zero", ", but it is a device")


def test_a_socket_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's name is short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket")
        refused("socket", ", but it is a socket")


def test_a_folder_is_refused(tmp_path):
    refused(tmp_path, ", but it is a folder")


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("none", ", but there is no such file"),
        ("a" * 256, " that can be read (file name too long)"),
        ("loop", " that can be read (too many levels of symbolic links)"),
        ("plain/file", " that can be read (not a directory)"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused(tmp_path, name, ending):
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "plain").touch()
    refused(tmp_path / name, ending)


def test_a_name_that_cannot_be_one_is_refused():
    for read in (open_file, read_bytes):
        with pytest.raises(InputError, match=r"^a\\x00b: expected a test file"):
            read("a\0b", "a test file")


def test_a_file_larger_than_its_share_of_the_memory_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "memory", lambda: 400)
    path = tmp_path / "large"
    path.write_bytes(b"a" * 100)
    assert len(read_bytes(path, "a test file")) == 100
    with pytest.raises(InputError, match="reading 100 bytes would take"):
        read_bytes(path, "a test file", times=2)
    with path.open("ab") as stream:
        stream.truncate(1 << 40)  # takes no room on the disk
    with pytest.raises(InputError, match="reading 1099511627776 bytes would take"):
        read_bytes(path, "a test file")
