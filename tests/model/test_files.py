import io
import json
import os
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.model.files import load_npz, save_npz, write_atomically, write_json


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "a.npz"
    save_npz(path, w1=np.arange(6, dtype=np.int8).reshape(2, 3), chip="mubrain")
    return path


def refused(path, ending):
    with pytest.raises(InputError) as caught:
        load_npz(path)
    assert str(caught.value) == f"{path}: {ending}"


def raw_zip(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def npy(array, **options):
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def test_what_was_saved_is_read_back(saved):
    arrays = load_npz(saved)
    assert list(arrays) == ["w1", "chip"]
    assert arrays["w1"].dtype == np.int8
    assert arrays["w1"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert arrays["chip"].item() == "mubrain"


def test_numpy_reads_what_we_save_and_we_read_what_numpy_saves(saved, tmp_path):
    with np.load(saved) as arrays:
        assert arrays["w1"].sum() == 15
    np.savez_compressed(tmp_path / "b.npz", x=np.eye(3))
    assert load_npz(tmp_path / "b.npz")["x"].tolist() == np.eye(3).tolist()


def test_equal_arrays_give_equal_bytes(saved, tmp_path, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 2e9)
    again = tmp_path / "again.npz"
    save_npz(again, w1=np.arange(6, dtype=np.int8).reshape(2, 3), chip="mubrain")
    assert again.read_bytes() == saved.read_bytes()


def test_a_missing_file_is_refused(tmp_path):
    refused(tmp_path / "none.npz", "expected an .npz file, but there is no such file.")


def test_a_folder_is_refused(tmp_path):
    refused(tmp_path, "expected an .npz file, but it is a folder.")


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "empty.npz"
    path.touch()
    refused(path, "expected an .npz file, but the file is empty.")


NOT_ZIP = "expected an .npz file, but it is not a zip archive or is cut short."


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (b"hello", NOT_ZIP),
        (b"PK\x03\x04hello", NOT_ZIP),
        (npy(np.eye(2)), "expected an .npz file, but it is a NumPy array (.npy)."),
    ],
    ids=["text", "cut", "npy"],
)
def test_another_kind_of_file_is_refused(tmp_path, content, ending):
    path = tmp_path / "other.npz"
    path.write_bytes(content)
    refused(path, ending)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_refused(saved, part):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(part * len(content))])
    refused(saved, NOT_ZIP)


def test_pickled_objects_are_refused_and_not_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "run",))

    pickled = npy(np.array([Trap()], dtype=object), allow_pickle=True)
    path = raw_zip(tmp_path / "pickle.npz", {"w1.npy": pickled})
    refused(
        path,
        "expected plain arrays, but 'w1.npy' holds pickled Python objects, which are never loaded.",
    )
    assert not (tmp_path / "run").exists()


def test_a_member_that_is_no_array_is_refused(tmp_path):
    path = raw_zip(tmp_path / "member.npz", {"readme.txt": b"hello"})
    refused(path, "expected only NumPy arrays, but found the member 'readme.txt'.")


DAMAGED = "expected an intact .npz file, but the member 'w1.npy' is damaged."


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", npy(np.eye(2))[:-1], npy(np.eye(2)) + b"x"],
    ids=["empty", "not npy", "short", "long"],
)
def test_a_damaged_member_is_refused(tmp_path, content):
    refused(raw_zip(tmp_path / "member.npz", {"w1.npy": content}), DAMAGED)


def test_a_flipped_bit_in_the_data_is_refused(saved):
    content = bytearray(saved.read_bytes())
    content[content.index(bytes(range(6))) + 5] ^= 1
    saved.write_bytes(content)
    refused(saved, DAMAGED)


def test_random_damage_never_escapes_as_another_error(saved, tmp_path):
    rng = np.random.default_rng(0)
    content = saved.read_bytes()
    path = tmp_path / "damaged.npz"
    refusals = 0
    for _ in range(300):
        damaged = bytearray(content)
        for at in rng.integers(0, len(content), rng.integers(1, 4)):
            damaged[at] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            load_npz(path)
        except InputError as error:
            assert str(error).startswith(f"{path}: expected ")
            refusals += 1
    assert refusals > 200


def test_a_member_may_be_called_path(tmp_path):
    save_npz(tmp_path / "a.npz", path=np.arange(2))
    assert load_npz(tmp_path / "a.npz")["path"].tolist() == [0, 1]


def test_object_arrays_are_not_saved(tmp_path):
    with pytest.raises(TypeError, match=r"^w1 must be a plain array, not one of Python objects\.$"):
        save_npz(tmp_path / "a.npz", w1=np.array([{}], dtype=object))
    assert not list(tmp_path.iterdir())


def test_parent_folders_are_made(tmp_path):
    write_json(tmp_path / "sim" / "new" / "a.json", {})
    assert (tmp_path / "sim" / "new" / "a.json").read_text() == "{}\n"


def test_a_new_file_has_the_usual_permissions(tmp_path):
    (tmp_path / "usual").touch()
    write_json(tmp_path / "a.json", 1)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("usual", "a.json")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_write_leaves_the_earlier_file(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("earlier")

    def interrupted(stream):
        stream.write(b"half")
        raise error

    with pytest.raises(error):
        write_atomically(path, interrupted)
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_reported_and_leaves_the_earlier_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("earlier")

    def full(_stream):
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError) as caught:
        write_atomically(path, full)
    assert str(caught.value) == f"{path}: expected a writable file (no space left on device)."
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_not_overwritten(tmp_path):
    with pytest.raises(InputError) as caught:
        write_json(tmp_path, {})
    assert str(caught.value) == f"{tmp_path}: expected a file to write, but it is a folder."


def test_an_unwritable_target_is_refused(tmp_path):
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "a.json"  # its parent is no folder, which stops root too
    with pytest.raises(InputError, match=r": expected a writable file \(.+\)\.$") as caught:
        write_json(path, {})
    assert str(caught.value).startswith(str(path))


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_json(tmp_path / "link", 1)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "1\n"


def test_a_pipe_is_written_directly(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_json(path, [1])
        assert os.read(reader, 100) == b"[\n  1\n]\n"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_json_takes_numpy_values_and_paths(tmp_path):
    write_json(
        tmp_path / "a.json",
        {"b": np.int64(3), "a": np.float32(0.5), "x": np.arange(2), "net": Path("n.npz"), "µ": "µ"},
    )
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"b": 3, "a": 0.5, "x": [0, 1], "net": "n.npz", "µ": "µ"}
    assert text.index('"b"') < text.index('"a"')
    assert text.endswith("}\n")


@pytest.mark.parametrize(("value", "error"), [(float("nan"), ValueError), (object(), TypeError)])
def test_what_has_no_json_form_leaves_the_earlier_file(tmp_path, value, error):
    path = tmp_path / "a.json"
    path.write_text("earlier")
    with pytest.raises(error):
        write_json(path, value)
    assert path.read_text() == "earlier"
