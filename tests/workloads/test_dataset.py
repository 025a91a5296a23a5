import gzip
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.model.paths import ROOT
from goldspike.workloads.dataset import digits, load_dataset, prepare

IMAGES = 11 * np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
LABELS = np.array([7, 0], np.uint8)
IDX = "expected an IDX file of unsigned bytes (magic 00 00 08)"


def idx(array, kind=8):
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return bytes((0, 0, kind, array.ndim)) + lengths + array.tobytes()


def write_pair(folder, prefix="t10k", *, separator="-", pack=None, **contents):
    for kind, array in ({"images": IMAGES, "labels": LABELS} | contents).items():
        content = array if isinstance(array, bytes) else idx(array)
        name = f"{prefix}-{kind}{separator}idx{3 if kind == 'images' else 1}-ubyte"
        path = folder / (name + (".gz" if pack else ""))
        path.write_bytes(pack(content) if pack else content)
    return folder


def refusal(path, split: Any = "test"):
    with pytest.raises(InputError) as caught:
        load_dataset(path, split)
    return str(caught.value)


@pytest.mark.parametrize("pack", [None, gzip.compress], ids=["plain", "gz"])
@pytest.mark.parametrize("separator", ["-", "."])
@pytest.mark.parametrize(("prefix", "split"), [("t10k", "test"), ("train", "train")])
def test_a_folder_of_idx_files_is_read(tmp_path, pack, separator, prefix, split):
    data = load_dataset(write_pair(tmp_path, prefix, separator=separator, pack=pack), split)
    assert (data.x == IMAGES).all()
    assert data.y.tolist() == [7, 0]
    assert (data.x.dtype, data.y.dtype) == (np.uint8, np.int64)
    assert data.name == tmp_path.name
    assert len(data) == 2


def test_a_folder_without_the_split_is_refused(tmp_path):
    write_pair(tmp_path, "train")
    assert refusal(tmp_path) == (
        f"{tmp_path}: expected a file t10k-images-idx3-ubyte or t10k-images-idx3-ubyte.gz "
        "in this folder."
    )


def test_a_folder_without_labels_is_refused(tmp_path):
    write_pair(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    assert "expected a file t10k-labels-idx1-ubyte or" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", f"{IDX}, but it is an empty file."),
        (b"hello, world", f"{IDX}."),
        (
            b"<!DOCTYPE html>\n<title>404",
            f"{IDX}, but it is a web page, as a failed download leaves it.",
        ),
        (b"PK\x03\x04rest", f"{IDX}, but it is a zip archive."),
        (idx(IMAGES, kind=13), f"{IDX}, but it is an IDX file of floats."),
        (idx(LABELS), "expected 3 dimensions, but the header says 1."),
        (idx(IMAGES)[:10], "expected a header of 16 bytes, but it is cut short."),
        (idx(IMAGES)[:-1], "expected 24 bytes of data after the header, not 23."),
        (idx(IMAGES) + b"x", "expected 24 bytes of data after the header, not 25."),
        (idx(IMAGES[:, :, :0]), "expected images of at least 1 x 1 pixel."),
    ],
    ids=[
        "empty",
        "text",
        "page",
        "zip",
        "floats",
        "labels",
        "header",
        "short",
        "long",
        "no pixels",
    ],
)
def test_a_malformed_idx_file_is_refused(tmp_path, content, message):
    write_pair(tmp_path, images=content)
    assert refusal(tmp_path) == f"{tmp_path / 't10k-images-idx3-ubyte'}: {message}"


def test_an_idx_file_that_claims_too_much_is_refused(tmp_path):
    huge = bytes((0, 0, 8, 3)) + b"\xff" * 12
    write_pair(tmp_path, images=huge)
    assert f"expected {(2**32 - 1) ** 3} bytes of data" in refusal(tmp_path)


@pytest.mark.parametrize(
    "pack",
    [lambda c: gzip.compress(c)[:-9], lambda c: gzip.compress(c)[:12] + b"\xff" * 30],
    ids=["truncated", "corrupt"],
)
def test_a_damaged_gzip_file_is_refused(tmp_path, pack):
    write_pair(tmp_path, pack=pack)
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    assert refusal(tmp_path) == f"{path}: expected an intact gzip file, but it is damaged."


def test_images_without_labels_for_each_are_refused(tmp_path):
    write_pair(tmp_path, labels=LABELS[:1])
    assert refusal(tmp_path) == (
        f"{tmp_path}: expected one label per image, but t10k-images-idx3-ubyte has 2 images "
        "and t10k-labels-idx1-ubyte has 1 labels."
    )


def test_an_unreadable_idx_file_is_refused(tmp_path, monkeypatch):
    def denied(_path, _flags):
        raise PermissionError(13, "Permission denied")

    write_pair(tmp_path)
    monkeypatch.setattr("goldspike.model.reading.os.open", denied)
    assert refusal(tmp_path).endswith(
        ": expected an IDX file that can be read (permission denied)."
    )


def test_an_empty_set_is_refused(tmp_path):
    write_pair(tmp_path, images=IMAGES[:0], labels=LABELS[:0])
    assert refusal(tmp_path) == f"{tmp_path}: expected at least one image in the test split."


def test_an_unknown_split_is_refused(tmp_path):
    assert refusal(tmp_path, "all") == "The split must be 'test' or 'train', not 'all'."


def write_npz(folder, **arrays):
    path = folder / "data.npz"
    np.savez(path, **arrays)
    return path


SQUARE = 15 * np.arange(2 * 9).reshape(2, 3, 3)  # 0..255


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float16])
@pytest.mark.parametrize("flat", [False, True], ids=["images", "flat"])
def test_arrays_are_read(tmp_path, dtype, flat):
    x = (SQUARE.reshape(2, 9) if flat else SQUARE).astype(dtype)
    data = load_dataset(write_npz(tmp_path, x=x, y=np.array([1.0, 0.0])))
    assert data.x.tolist() == SQUARE.tolist()
    assert data.y.tolist() == [1, 0]
    assert data.name == "data.npz"


def test_fractions_of_grey_are_rounded_half_up(tmp_path):
    x = np.array([[[0.5, 1.49], [2.5, 255.0]]])
    assert load_dataset(write_npz(tmp_path, x=x, y=[0])).x.tolist() == [[[1, 1], [3, 255]]]


def test_a_split_array_chooses_the_part(tmp_path):
    path = write_npz(tmp_path, x=SQUARE, y=[4, 5], split=[0, 1])
    assert load_dataset(path, "train").y.tolist() == [4]
    assert load_dataset(path, "test").y.tolist() == [5]


XY = "the arrays x (images) and y (labels), but there is no"
NAN = SQUARE * np.where(np.arange(18) == 5, np.nan, 1).reshape(SQUARE.shape)
IN_X = "expected grey levels 0..255 in x, but they span"


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"y": [0]}, f"expected {XY} x."),
        ({"x": SQUARE}, f"expected {XY} y."),
        (
            {"x": np.zeros((2, 5)), "y": [0, 0]},
            "expected x (n, h*h) to hold square images, but 5 is not a square number.",
        ),
        (
            {"x": np.zeros((2, 8, 8, 3)), "y": [0, 0]},
            "expected x to have one grey channel, (n, h, w, 1) or (n, 1, h, w), not the shape "
            "(2, 8, 8, 3); the mean over the channels makes colours grey.",
        ),
        ({"x": np.zeros(4), "y": [0]}, "expected x to have the shape (n, h, w), not (4,)."),
        (
            {"x": np.zeros((2, 0, 3)), "y": [0, 0]},
            "expected x to have the shape (n, h, w), not (2, 0, 3).",
        ),
        (
            {"x": SQUARE.astype(str), "y": [0, 0]},
            "expected numbers in x, not text.",
        ),
        ({"x": NAN, "y": [0, 0]}, "expected finite numbers in x, but there is a NaN or inf."),
        ({"x": SQUARE - 1, "y": [0, 0]}, f"{IN_X} -1..254."),
        ({"x": SQUARE + 1, "y": [0, 0]}, f"{IN_X} 1..256."),
        ({"x": SQUARE / 510, "y": [0, 0]}, f"{IN_X} 0.0..0.5; multiply them by 255."),
        ({"x": SQUARE, "y": [[[0, 0]]]}, "expected y to have the shape (n,), not (1, 1, 2)."),
        (
            {"x": SQUARE, "y": [0]},
            "expected one entry of y per image, but x has 2 and y has 1.",
        ),
        ({"x": SQUARE, "y": [0, -1]}, "expected whole numbers from 0 in y."),
        ({"x": SQUARE, "y": [0, 0.5]}, "expected whole numbers from 0 in y."),
        (
            {"x": SQUARE, "y": [0, np.inf]},
            "expected finite numbers in y, but there is a NaN or inf.",
        ),
        (
            {"x": SQUARE, "y": ["a", "b"]},
            "expected numbers in y, not text.",
        ),
        (
            {"x": SQUARE, "y": [0, 0], "split": [1]},
            "expected one entry of split per image, but x has 2 and split has 1.",
        ),
        (
            {"x": SQUARE, "y": [0, 0], "split": [0, 0]},
            "expected at least one image in the test split.",
        ),
    ],
)
def test_malformed_arrays_are_refused(tmp_path, arrays, message):
    path = write_npz(tmp_path, **arrays)
    assert refusal(path) == f"{path}: {message}"


def test_a_missing_file_is_refused(tmp_path):
    path = tmp_path / "none.npz"
    assert refusal(path) == f"{path}: expected an .npz file, but there is no such file."


def test_the_shipped_digits_are_split_by_class():
    test, train = digits("test"), digits("train")
    assert (len(test), len(train)) == (539, 1258)
    assert test.x.shape[1:] == (8, 8)
    assert {0, 16, 128, 255} <= set(test.x.ravel().tolist())  # 1/16, 8/16 rounded half up
    assert len(np.unique(test.x)) == 17
    share = np.bincount(test.y) / (np.bincount(test.y) + np.bincount(train.y))
    assert share.shape == (10,)
    assert abs(share - 0.3).max() < 0.005


def test_prepare_averages_areas_exactly():
    x = np.random.default_rng(0).integers(0, 256, (1, 28, 28)).astype(np.uint8)
    x[0, :7, :7] = 255

    def overlap(i, k):
        return max(Fraction(0), min(Fraction(7, 4) * (i + 1), k + 1) - max(Fraction(7, 4) * i, k))

    expected = []
    for i in range(16):
        rows = [(k, overlap(i, k)) for k in range(28) if overlap(i, k)]
        for j in range(16):
            columns = [(k, overlap(j, k)) for k in range(28) if overlap(j, k)]
            total = sum(a * b * int(x[0, r, c]) for r, a in rows for c, b in columns)
            expected.append(int(total / Fraction(49, 16) + Fraction(1, 2)))
    assert prepare(x)[0].tolist() == expected
    assert expected[0] == 255


def test_prepare_rounds_half_up():
    x = np.array([[[0, 1], [0, 1]], [[0, 1], [1, 1]], [[0, 0], [0, 1]]], np.uint8)
    assert prepare(x, 1).tolist() == [[1], [1], [0]]


def test_prepare_is_exact_for_wide_images():
    x = np.full((2, 300, 300), 254, np.uint8)  # sums of 25 bits, one of them below a half
    x[0].flat[:45_000] = x[1].flat[:44_999] = 255
    assert prepare(x, 1).tolist() == [[255], [254]]


def test_prepare_works_in_chunks():
    x = np.random.default_rng(1).integers(0, 256, (5000, 4, 4)).astype(np.uint8)
    small = prepare(x, 2)
    assert small.shape == (5000, 4)
    assert (small[4500] == prepare(x[4500:4501], 2)[0]).all()
    assert prepare(x[:0], 2).shape == (0, 4)


def test_prepare_repeats_smaller_images():
    x = np.array([[[1, 2], [3, 4]]], np.uint8)
    assert prepare(x, 4)[0].tolist() == [1, 1, 2, 2] * 2 + [3, 3, 4, 4] * 2


def test_prepare_leaves_images_of_the_right_size():
    x = np.random.default_rng(2).integers(0, 256, (3, 16, 16)).astype(np.uint8)
    assert (prepare(x).reshape(x.shape) == x).all()


def test_prepare_refuses_what_it_cannot_scale():
    with pytest.raises(InputError, match=r"^Expected square images, not 3 x 4 pixels\.$"):
        prepare(IMAGES)
    with pytest.raises(InputError, match=r"^Expected square images, not 0 x 0 pixels\.$"):
        prepare(np.zeros((1, 0, 0), np.uint8))


def test_prepare_averages_to_any_size():
    x = np.array([[[0, 90], [90, 180]]], np.uint8)
    assert prepare(x, 3)[0].tolist() == [0, 45, 90, 45, 90, 135, 90, 135, 180]
    for side in (1, 5, 15, 17, 33):
        x = np.random.default_rng(side).integers(0, 256, (20, side, side)).astype(np.uint8)
        small = prepare(x)
        assert small.shape == (20, 256)
        assert abs(small.mean((1,)) - x.mean((1, 2))).max() < 0.6  # the mean stays
        assert (prepare(x[:, ::-1]).reshape(-1, 16, 16) == small.reshape(-1, 16, 16)[:, ::-1]).all()


def test_mnist_is_read_and_scaled():
    folder = Path(os.environ.get("GOLDSPIKE_DATA", ROOT / ".." / "shared" / "data")) / "mnist"
    if not folder.is_dir():
        pytest.skip("MNIST is not there; set GOLDSPIKE_DATA to a folder that holds mnist/")
    data = load_dataset(folder)
    assert data.x.shape == (10_000, 28, 28)
    assert np.bincount(data.y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    x = prepare(data.x[:500])
    assert x.shape == (500, 256)
    assert abs(x.mean() - data.x[:500].mean()) < 0.05  # averaging keeps the mean
