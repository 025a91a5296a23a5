"""Make data/digits.npz from scikit-learn's copy of the UCI optdigits test part.

Needs scikit-learn, which nothing else in the project does:
``pip install scikit-learn``, then ``python data/make_digits.py`` from the
repository root.  Re-running gives the same bytes.
"""

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # so that it runs in a checkout that is not installed

from goldspike.model.files import save_npz  # noqa: E402  (needs the path above)

SEED = 1998  # year of the data set; fixed before anything was trained
TEST_PERCENT = 30


def stratified_split(y: np.ndarray) -> np.ndarray:
    """Mark TEST_PERCENT of each class as test (1), the rest as train (0)."""
    rng = np.random.RandomState(SEED)  # this generator's stream is frozen for good
    split = np.zeros(len(y), np.uint8)
    for label in np.unique(y):
        members = rng.permutation(np.flatnonzero(y == label))
        split[members[: (len(members) * TEST_PERCENT + 50) // 100]] = 1
    return split


def main() -> None:
    """Write the file beside this script."""
    from sklearn.datasets import load_digits  # pyright: ignore[reportMissingImports]

    digits = load_digits()
    grey16 = digits.images.astype(np.int64)  # whole numbers 0..16
    x = ((grey16 * 255 * 2 + 16) // 32).astype(np.uint8)  # grey * 255 / 16, half up
    y = digits.target.astype(np.uint8)
    save_npz(ROOT / "data" / "digits.npz", x=x, y=y, split=stratified_split(y))


if __name__ == "__main__":
    main()
