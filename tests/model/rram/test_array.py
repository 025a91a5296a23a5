import numpy as np
import pytest

from goldspike.model.rram.array import ArrayModel, ArrayParams


def test_levels_are_a_product_up_to_the_top():
    params = ArrayParams(rows=30, columns=9)
    array, rng = ArrayModel(params), np.random.default_rng(1)
    assert not array.levels(np.ones(30, bool)).any()
    cells = rng.integers(0, 2, (30, 9))
    for row in rng.permutation(30):
        array.write(int(row), cells[row])
    for ones in range(31):
        lines = rng.permuted(np.arange(30) < ones)
        sums = lines.astype(int) @ cells
        assert array.levels(lines).tolist() == [min(int(level), 7) for level in sums]


def test_no_rows_are_refused():
    with pytest.raises(ValueError, match=r"^rows must be in 1\.\.1024, not 0$"):
        ArrayParams(rows=0)
