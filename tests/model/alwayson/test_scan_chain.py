import pytest

from goldspike.model.alwayson.scan_chain import ScanChainModel, ScanChainParams

PARAMS = ScanChainParams(fields=(("a", 3, 5), ("b", 1, 0), ("c", 11, 1024)))


def test_what_is_shifted_in_is_held_and_comes_out_again():
    model = ScanChainModel(PARAMS)
    assert model.values == {"a": 5, "b": 0, "c": 1024}
    values = {"a": 6, "b": 1, "c": 1027}
    before, out = PARAMS.scanned(), []
    for bit in PARAMS.scanned(values):
        out.append(model.out)
        model.shift(bit)
    assert model.values == values and out == before
    assert model.word["c"].tolist() == [3, 4]


def test_the_first_bit_ends_lowest():
    model = ScanChainModel(PARAMS)
    for bit in [True] + [False] * 14:
        model.shift(bit)
    assert model.values == {"a": 1, "b": 0, "c": 0}


def test_bad_values():
    with pytest.raises(ValueError, match=r"^a must be in 0\.\.7, not 8$"):
        PARAMS.scanned({"a": 8})
    with pytest.raises(ValueError, match=r"^the scan chain has no field 'x'$"):
        PARAMS.scanned({"x": 0})
    with pytest.raises(ValueError, match=r"^a scan chain must have fields$"):
        ScanChainParams(fields=())
