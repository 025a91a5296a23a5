import numpy as np
import pytest

from goldspike.hdl.alwayson.aer_input import AerInput
from goldspike.model.alwayson.aer_input import AerInputModel, AerInputParams


@pytest.mark.parametrize("lines", [1, 5, 16])
def test_aer_input_equals_its_model(rtl, plain_records, lines):
    params, rng = AerInputParams(lines=lines), np.random.default_rng(4)
    strobe = np.repeat(np.arange(80) % 2, rng.integers(1, 4, 80))
    address = rng.integers(0, 1 << params.address_bits, strobe.size)
    negative = rng.integers(0, 2, strobe.size)
    rises = np.flatnonzero(np.diff(strobe, prepend=0) == 1)
    model = AerInputModel(params).records(rises + 1, address[rises], negative[rises])
    assert rises.size == 40 and 0 < negative[rises].sum() < 40
    got = rtl(AerInput, params, strobe=strobe, address=address, negative=negative)
    assert got == plain_records(model)
