import numpy as np
import pytest

from goldspike.model.rram.flash_adc import FlashAdcParams, encode, sense


@pytest.mark.parametrize("bits", [1, 3, 6])
def test_codes_are_the_levels_of_the_selected_columns(bits):
    params = FlashAdcParams(adcs=5, share=4, bits=bits)
    levels = np.random.default_rng(1).integers(0, 1 << bits, 20)
    for select in range(4):
        thermometers = sense(levels, select, params)
        assert encode(thermometers).tolist() == levels[select::4].tolist()
        assert not np.any(thermometers[:, 1:] & ~thermometers[:, :-1])  # no bubble


def test_a_bubble_changes_a_code_by_one():
    thermometers = sense(np.arange(8), 0, FlashAdcParams(adcs=8, share=1))
    for amplifier in range(7):
        wrong = thermometers.copy()
        wrong[:, amplifier] ^= True
        assert np.all(abs(encode(wrong) - np.arange(8)) == 1)


def test_no_adcs_are_refused():
    with pytest.raises(ValueError, match=r"^adcs must be in 1\.\.1024, not 0$"):
        FlashAdcParams(adcs=0)
