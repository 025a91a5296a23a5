"""Data sets as others lay them out: names, axes, labels, scales and packing."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.cli import main
from goldspike.model.errors import InputError
from goldspike.model.kinds import kind_of
from goldspike.model.paths import user_path
from goldspike.workloads.dataset import Dataset, check_labels, digits, load_dataset

X = np.arange(3 * 16, dtype=np.uint8).reshape(3, 4, 4) * 5  # up to 235
Y = np.array([2, 0, 1])


def save(folder: Path, **arrays: Any) -> Path:
    path = folder / "set.npz"
    np.savez(path, **arrays)
    return path


def refusal(path: Path, split: Any = "test") -> str:
    with pytest.raises(InputError) as caught:
        load_dataset(path, split)
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    "names",
    ["x_train y_train x_test y_test", "train_images train_labels test_images test_labels",
     "X_train Y_train X_test Y_test", "train_x train_y test_x test_y"],
)  # fmt: skip
def test_files_with_a_part_each_for_training_and_test(names: str, tmp_path: Path) -> None:
    dark = X[:2] // 8  # the scale is the whole set's, which the training part shows
    path = save(tmp_path, **dict(zip(names.split(), (X, Y, dark, Y[:2]), strict=True)))
    train, test = load_dataset(path, "train"), load_dataset(path, "test")
    assert train.x.tolist() == X.tolist() and train.y.tolist() == [2, 0, 1]
    assert test.x.tolist() == dark.tolist() and test.y.tolist() == [2, 0]


@pytest.mark.parametrize(
    "names", [("images", "labels"), ("images", "target"), ("data", "target"), ("X", "y")]
)
def test_files_of_one_part(names: tuple[str, str], tmp_path: Path) -> None:
    path = save(tmp_path, **dict(zip(names, (X, Y), strict=True)))
    assert load_dataset(path).x.tolist() == X.tolist()
    assert load_dataset(path, "train").y.tolist() == [2, 0, 1]


def test_what_lacks_is_named(tmp_path: Path) -> None:
    assert refusal(save(tmp_path, x_train=X, y_train=Y)) == (
        "expected images and labels of the test split, but there are only the train's."
    )
    assert "arrays test_images (images) and test_labels (labels), but there is no test_labels" in (
        refusal(save(tmp_path, test_images=X))
    )
    assert refusal(save(tmp_path, a=X)).endswith("but the names are a.")


@pytest.mark.parametrize("shape", [(3, 4, 4, 1), (3, 1, 4, 4), (3, 16), (3, 4, 4)])
@pytest.mark.parametrize("scale", [np.uint8, np.float32])
def test_one_grey_channel_is_dropped(shape: tuple[int, ...], scale: Any, tmp_path: Path) -> None:
    path = save(tmp_path, x=X.reshape(shape).astype(scale), y=Y)
    assert load_dataset(path).x.tolist() == X.tolist()


@pytest.mark.parametrize("shape", [(1, 4, 4, 3), (1, 3, 4, 4), (1, 4, 4, 2)])
def test_colours_are_refused(shape: tuple[int, ...], tmp_path: Path) -> None:
    said = refusal(save(tmp_path, x=np.full(shape, 255), y=[0]))
    assert "one grey channel" in said and str(shape) in said


@pytest.mark.parametrize(
    "y",
    [Y[:, None], Y[:, None].astype(np.uint8), Y[:, None].astype(float), np.eye(3)[Y],
     np.eye(3, dtype=np.uint8)[Y], np.eye(7, dtype=bool)[Y]],
    ids=["column", "bytes", "floats", "one-hot floats", "one-hot bytes", "one-hot switches"],
)  # fmt: skip
def test_labels_in_columns_and_one_hot_rows(y: np.ndarray, tmp_path: Path) -> None:
    assert load_dataset(save(tmp_path, x=X, y=y)).y.tolist() == [2, 0, 1]


@pytest.mark.parametrize(
    "y",
    [[[1, 1], [0, 1], [1, 0]], [[0, 0], [0, 1], [1, 0]], [[2, 0], [0, 1], [1, 0]],
     [[0.9, 0.1], [0, 1], [1, 0]]],
    ids=["two", "none", "a two", "soft"],
)  # fmt: skip
def test_rows_that_name_no_single_class_are_refused(y: Any, tmp_path: Path) -> None:
    assert "one label per image" in refusal(save(tmp_path, x=X, y=y))


BITS = np.random.default_rng(0).integers(0, 2, (4, 8, 8))


@pytest.mark.parametrize(
    ("x", "factor"),
    [
        (BITS, "255"),
        (BITS.astype(bool), "255"),
        (BITS.astype(np.float64), "255"),
        (BITS * 3, "255/3"),
        (BITS * 15, "255/15"),
        (BITS * 16.0, "255/16"),
        (BITS * 63, "255/63"),
        (BITS * 100, "255/100"),
        (BITS * 127, "255/127"),
        (BITS * 1023, "255/1023"),
        (BITS * 65535, "255/65535"),
    ],
)
def test_other_scales_are_refused_with_the_factor(
    x: np.ndarray, factor: str, tmp_path: Path
) -> None:
    said = refusal(save(tmp_path, x=x, y=[0] * 4))
    assert said.endswith(f"; multiply them by {factor}.")
    scaled = np.floor(x * (255.0 if factor == "255" else 255 / int(factor[4:])) + 0.5)
    assert load_dataset(save(tmp_path, x=scaled, y=[0] * 4)).x.max() == 255


def test_the_factor_of_sixteen_levels_gives_the_shipped_digits(tmp_path: Path) -> None:
    shipped = digits("test")
    levels = (shipped.x.astype(int) + 8) // 16  # 0..16, as they were counted
    assert levels.max() == 16 and len(np.unique(levels)) == 17
    assert refusal(save(tmp_path, x=levels, y=shipped.y)).endswith("multiply them by 255/16.")
    assert (load_dataset(save(tmp_path, x=levels * 255 / 16, y=shipped.y)).x == shipped.x).all()


def test_signed_scales_and_black_sets(tmp_path: Path) -> None:
    said = refusal(save(tmp_path, x=BITS * 2.0 - 1, y=[0] * 4))
    assert said.endswith("span -1.0..1.0; add 1 and multiply them by 127.5.")
    assert load_dataset(save(tmp_path, x=BITS * 0, y=[0] * 4)).x.max() == 0
    assert load_dataset(save(tmp_path, x=BITS * 128, y=[0] * 4)).x.max() == 128


def idx(array: np.ndarray) -> bytes:
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return bytes((0, 0, 8, array.ndim)) + lengths + array.astype(np.uint8).tobytes()


def write_idx(folder: Path, prefix: str, x: np.ndarray, *, suffix: str = "", pack: Any = bytes):
    folder.mkdir(exist_ok=True)
    for kind, array in (("images-idx3", x), ("labels-idx1", Y)):
        (folder / f"{prefix}-{kind}-ubyte{suffix}").write_bytes(pack(idx(array)))


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
def test_gzip_is_told_by_its_first_bytes(suffix: str, pack: Any, tmp_path: Path) -> None:
    write_idx(tmp_path, "t10k", X, suffix=suffix, pack=pack)
    assert load_dataset(tmp_path).x.tolist() == X.tolist()


def test_an_idx_set_of_two_levels_is_refused(tmp_path: Path) -> None:
    write_idx(tmp_path, "test", X % 2)
    path = tmp_path / "test-images-idx3-ubyte"
    assert refusal(tmp_path) == (
        f"{path}: expected grey levels 0..255 in its images, but they span 0..1; multiply them by "
        "255."
    )


def test_the_names_of_emnist(tmp_path: Path) -> None:
    write_idx(tmp_path, "emnist-letters-test", X, suffix=".gz", pack=gzip.compress)
    assert load_dataset(tmp_path).y.tolist() == [2, 0, 1]
    assert "file emnist-letters-train-images-idx3-ubyte or" in refusal(
        tmp_path / "emnist-letters", "train"
    ).replace(f"{tmp_path}: ", "")
    write_idx(tmp_path, "emnist-digits-test", X[::-1])
    assert refusal(tmp_path) == (
        "expected one data set, but it holds emnist-digits, emnist-letters; choose one by "
        f"{tmp_path}/emnist-digits."
    )
    assert load_dataset(tmp_path / "emnist-digits").x.tolist() == X[::-1].tolist()
    assert load_dataset(tmp_path / "emnist-letters").x.tolist() == X.tolist()
    write_idx(tmp_path, "t10k", X[:, ::-1])
    assert load_dataset(tmp_path).x.tolist() == X[:, ::-1].tolist()


def test_an_npz_that_is_something_else_is_named(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    for head, kind in ((gzip.compress(b"x"), "a gzip file"), (b"<html>", "a web page")):
        path.write_bytes(head)
        assert f"expected an .npz file, but it is {kind}" in refusal(path)


def test_an_idx_file_alone_is_no_set(tmp_path: Path) -> None:
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(b"\x1f\x8b")
    assert refusal(path) == "expected the folder that holds this IDX file and its labels."


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    path = save(tmp_path, x=X, y=Y)
    assert load_dataset("~/set.npz").y.tolist() == [2, 0, 1]
    assert user_path("~/set.npz") == path
    assert user_path("~nobody-has-this-name/x") == Path("~nobody-has-this-name/x")


def test_labels_beyond_the_classes_are_refused() -> None:
    data = Dataset(X, np.array([1, 10, 3]), "letters")
    check_labels(data, 11)
    with pytest.raises(
        InputError, match=r"^letters: labels span 1\.\.10, but the network answers 0\.\.9\.$"
    ):
        check_labels(data, 10)


@pytest.mark.parametrize("chip", ["mubrain", "imc"])
@pytest.mark.parametrize("label", [10, 8000, 10**7, 2**62])
def test_no_chip_runs_with_labels_that_it_cannot_answer(
    chip: str, label: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = digits("test")
    y = test.y[:20].copy()
    y[7] = label
    path = save(tmp_path, x=test.x[:20], y=y)
    out = tmp_path / "out.json"
    assert main(["sim", chip, f"--data={path}", "--samples=2", f"--json={out}"]) == 2
    said = capsys.readouterr().err
    if label < 2**53:
        assert f"labels span 0..{label}, but the network answers 0..9." in said
    assert said.count("\n") == 1 and not out.exists()


@pytest.mark.parametrize(
    ("head", "kind"),
    [(b"", "an empty file"), (b"\x89HDF\r\n\x1a\nrest", "an HDF5 file"), (b"words", None),
     (b"\0\0\x08\x03\0", "an IDX file"), (b"\n <HTML>", "a web page"),
     (b"\0" * 257 + b"ustar", "a tar archive")],
)  # fmt: skip
def test_first_bytes_name_a_file(head: bytes, kind: str | None) -> None:
    found = kind_of(head)
    assert found is kind if kind is None else found is not None and found.startswith(kind)
