import numpy as np
import pytest

from goldspike.hdl.alwayson.scan_chain import ScanChain
from goldspike.model.alwayson.scan_chain import ScanChainModel, ScanChainParams

TICKS = 200


@pytest.mark.parametrize("fields", [(("a", 1, 1),), (("a", 3, 5), ("b", 1, 0), ("c", 4, 9))])
def test_chain_equals_its_model(rtl, fields):
    params, rng = ScanChainParams(fields=fields), np.random.default_rng(1)
    scan, scan_in = rng.random((2, TICKS)) < 0.6
    model, expected = ScanChainModel(params), []
    for tick in np.flatnonzero(scan) + 1:
        model.shift(bool(scan_in[tick - 1]))
        expected.append((int(tick), *([value] for value in model.values.values())))
    assert rtl(ScanChain, params, scan=scan, scan_in=scan_in) == expected


def test_a_load_brings_values_in_and_the_old_ones_out(rtl):
    params = ScanChainParams(fields=(("a", 3, 5), ("b", 4, 9)))
    bits = params.scanned({"a": 2, "b": 6})
    got = rtl(ScanChain, params, scan=[True] * len(bits), scan_in=bits)
    assert got[-1] == (len(bits), [2], [6])
