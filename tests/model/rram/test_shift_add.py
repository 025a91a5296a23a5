import numpy as np
import pytest

from goldspike.model.rram.shift_add import ShiftAddModel, ShiftAddParams


@pytest.mark.parametrize("precision", range(4))
def test_codes_join_to_the_sum_of_the_weights(precision):
    params, rng = ShiftAddParams(), np.random.default_rng(precision)
    model, bits = ShiftAddModel(params), params.precisions[precision]
    low, high = (0, 2) if bits == 1 else (-(1 << bits - 1), 1 << bits - 1)
    for rows in range(8):
        weights = rng.integers(low, high, (rows, 8 // bits))
        for select in range(8):
            slot, place = select // bits, select % bits
            code = int((weights[:, slot] >> place & 1).sum())
            valid, shown = model.take(code, select, precision)
            assert (valid, shown) == (place == bits - 1, slot)
            if valid:
                assert model.partial == weights[:, slot].sum()


def test_published_widths():
    assert ShiftAddParams(share=1).partial_bits == 3
    assert [ShiftAddParams(share=share).partial_bits for share in (2, 4, 8)] == [5, 7, 11]


def test_only_powers_of_two_share_an_adc():
    with pytest.raises(ValueError, match=r"^share must be one of \(1, 2, 4, 8\), not 3$"):
        ShiftAddParams(share=3)
