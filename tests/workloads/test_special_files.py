"""Pipes, devices, folders and names that lead nowhere: one sentence from every reader, at once."""

import gzip
import os
import struct

import numpy as np
import pytest

from goldspike.model import limits
from goldspike.model.errors import InputError
from goldspike.model.files import load_npz
from goldspike.workloads.dataset import load_dataset, prepare
from goldspike.workloads.events import read_events
from goldspike.workloads.imc.network import load_cnn
from goldspike.workloads.network import load_network
from goldspike.workloads.nir_graph import read_chain

READERS = {
    "archive.npz": load_npz,
    "network.npz": load_network,
    "cnn.npz": load_cnn,
    "data.npz": load_dataset,
    "events.npz": read_events,
    "events.csv": read_events,
    "events.aedat": read_events,
    "events.aedat4": read_events,
    "graph.nir": read_chain,
}

KINDS = {
    "pipe": (os.mkfifo, "it is a pipe"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "it is a device"),
    "loop": (lambda path: path.symlink_to(path), "too many levels of symbolic links"),
    "nothing": (lambda path: path.symlink_to("none"), "there is no such file"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", READERS)
def test_only_plain_files_are_read(tmp_path, name, kind):
    make, words = KINDS[kind]
    path = tmp_path / f"line\nbreak-{name}"
    make(path)
    with pytest.raises(InputError, match=words) as caught:
        READERS[name](path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [name for name in READERS if name != "data.npz"])
def test_a_folder_is_no_file(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match="it is a folder"):
        READERS[name](tmp_path / name)


@pytest.mark.parametrize("name", READERS)
def test_a_name_that_is_too_long_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="file name too long"):
        READERS[name](tmp_path / ("a" * 250 + name))


def idx(path, shape, data, pack):
    raw = struct.pack(f">I{len(shape)}I", 0x800 + len(shape), *shape)
    path.write_bytes(pack(raw + data))


def test_a_packed_file_is_unpacked_up_to_what_its_header_names(tmp_path):
    zeros = bytes(100_000_000)
    idx(tmp_path / "t10k-images-idx3-ubyte.gz", (1, 2, 2), zeros, lambda raw: gzip.compress(raw, 1))
    idx(tmp_path / "t10k-labels-idx1-ubyte", (1,), b"\1", bytes)
    with pytest.raises(InputError, match="expected 4 bytes of data after the header"):
        load_dataset(tmp_path)


def test_a_header_that_names_more_than_the_memory_is_refused(tmp_path):
    idx(tmp_path / "t10k-images-idx3-ubyte.gz", (2**31, 2**31, 2**31), b"", gzip.compress)
    idx(tmp_path / "t10k-labels-idx1-ubyte", (1,), b"\1", bytes)
    with pytest.raises(InputError, match=r"would take .* of memory"):
        load_dataset(tmp_path)


def test_an_archive_that_unpacks_to_more_than_the_memory_is_refused(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "bomb.npz", x=np.zeros(4_000_000, np.uint8))
    assert (tmp_path / "bomb.npz").stat().st_size < 10_000
    assert load_npz(tmp_path / "bomb.npz")["x"].size == 4_000_000
    monkeypatch.setattr(limits, "memory", lambda: 8_000_000)
    with pytest.raises(InputError, match="reading its arrays would take"):
        load_npz(tmp_path / "bomb.npz")


def test_images_are_scaled_within_their_share_of_the_memory(monkeypatch):
    x = np.arange(3 * 6 * 6, dtype=np.uint8).reshape(3, 6, 6)
    whole = prepare(x, 4)
    monkeypatch.setattr(limits, "memory", lambda: 4 * 32 * 36)  # one image at a time
    assert prepare(x, 4).tolist() == whole.tolist()
    with pytest.raises(InputError, match="to 400 x 400 pixels would"):
        prepare(x[:1], 400)
