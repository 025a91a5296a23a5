"""No output over an input, by whatever name."""

import os

import pytest

from goldspike.model.errors import InputError
from goldspike.model.guard import beside, guard_files
from goldspike.model.paths import ROOT


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Stand in a folder with a network, a data set and a folder of IDX files."""
    monkeypatch.chdir(tmp_path)
    for name in ("net.npz", "data.npz", "idx/images", "idx/labels"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    return tmp_path


def snapshot(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(here, ending, **files):
    before = snapshot(here)
    with pytest.raises(InputError) as caught:
        guard_files(**files)
    assert str(caught.value).endswith(ending), caught.value
    assert snapshot(here) == before


READS = "but this run reads it."


def test_what_is_apart_passes_and_nothing_is_made(here):
    before = sorted(here.rglob("*"))
    guard_files(
        reads=["net.npz", None, "idx"],
        writes=["out/new/report.json", "out/new/report.npz", "data.npz", None],
        folders=["out/new/charts", None],
    )
    assert sorted(here.rglob("*")) == before


def link(here):
    (here / "link").symlink_to("data.npz")


def hard_link(here):
    (here / "link").hardlink_to(here / "data.npz")


def folder_link(here):
    (here / "again").symlink_to(here)


@pytest.mark.parametrize(
    ("prepare", "read", "write"),
    [
        (None, "data.npz", "data.npz"),
        (None, "data.npz", "idx/../data.npz"),
        (None, "data.npz", "./missing/../data.npz"),
        (link, "data.npz", "link"),
        (link, "link", "data.npz"),
        (hard_link, "data.npz", "link"),
        (hard_link, "link", "data.npz"),
        (folder_link, "data.npz", "again/data.npz"),
        (folder_link, "again/data.npz", "data.npz"),
        (None, "none.npz", "none.npz"),
    ],
)
def test_one_file_by_two_names_is_one_file(here, prepare, read, write):
    if prepare:
        prepare(here)
    refused(here, READS, reads=["net.npz", read], writes=["out.json", write])


def test_an_absolute_name_is_the_same_file(here):
    refused(here, READS, reads=["data.npz"], writes=[here / "data.npz"])


@pytest.mark.parametrize("write", ["idx/images", "idx/new", "idx/../idx/labels"])
def test_nothing_is_written_into_a_folder_that_is_read(here, write):
    refused(here, "outside of the folder idx, which is read.", reads=["idx"], writes=[write])


def test_a_file_of_such_a_folder_by_another_name_is_found(here):
    (here / "images").hardlink_to(here / "idx" / "images")
    (here / "labels").symlink_to("idx/labels")
    refused(here, READS, reads=["idx"], writes=["images"])
    refused(here, "which is read.", reads=["idx"], writes=["labels"])


def test_below_a_folder_that_is_read_there_is_room(here):
    guard_files(reads=["."], writes=["build/out.json"])
    guard_files(reads=["."], writes=["idx/out.json"])


def test_the_beginning_of_names_stands_for_the_files(here):
    refused(here, READS, reads=["idx/ima"], writes=["idx/images"])
    guard_files(reads=["idx/ima"], writes=["idx/other"])


def test_a_folder_that_is_read_is_not_one_to_write_into(here):
    refused(here, READS, reads=["idx"], folders=["idx"])
    refused(here, "but it is a file.", reads=["data.npz"], folders=["data.npz"])


def test_two_outputs_need_two_names(here):
    refused(here, "writes a.json there too.", writes=["a.json", "a.json"])
    (here / "b.json").symlink_to("a.json")
    refused(here, "writes a.json there too.", writes=["a.json", "b.json"])
    refused(here, "but this run needs it as a folder for a/b.json.", writes=["a", "a/b.json"])
    refused(here, "writes a there too.", writes=["a"], folders=["a"])


@pytest.mark.parametrize("name", ["nets/digits.npz", "nets/digits_snntorch.nir", "data/digits.npz"])
def test_what_ships_is_not_written_over(name):
    with pytest.raises(InputError, match="ships with goldspike"):
        guard_files(writes=[ROOT / name])


def test_a_new_network_may_lie_beside_those_that_ship():
    guard_files(writes=[ROOT / "nets" / "mine.npz"])


def pipe(here):
    os.mkfifo(here / "pipe")


def loop(here):
    (here / "loop").symlink_to("loop")


@pytest.mark.parametrize(
    ("prepare", "write", "ending"),
    [
        (None, "idx", "but it is a folder."),
        (None, "", "but it is a folder."),
        (pipe, "pipe", "but it is a pipe."),
        (loop, "loop", "but it is a link that leads to itself."),
        (None, "/dev/zero", "but it is a device."),
        (None, "a" * 256, "(file name too long)."),
        (None, "missing/" + "a" * 256, "but the name is too long."),
        (None, "a/" * 2100 + "b", "too long)."),
        (None, "a\0b", "(a name must not have a null character)."),
        (None, "data.npz/out.json", "(not a directory)."),
        (None, "/proc/out.json", ")."),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_run(here, prepare, write, ending):
    if prepare:
        prepare(here)
    refused(here, ending, writes=[write])


def test_a_long_name_that_can_be_written_is_written(here):
    guard_files(writes=["a" * 250])


def test_a_file_beside_has_the_same_name():
    assert str(beside("out/a.json", ".npz")) == "out/a.npz"
    with pytest.raises(InputError, match=r"^'\.': expected the name of a file to write\.$"):
        beside(".", ".npz")
