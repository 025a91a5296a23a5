import numpy as np
import pytest

from goldspike.model.rram.word_line_controller import (
    WordLineControllerParams,
    conversion_ticks,
    groups,
)


@pytest.mark.parametrize(("rows", "adc_bits"), [(1, 1), (37, 2), (128, 3)])
def test_every_one_is_in_one_group_of_its_plane(rows, adc_bits):
    params = WordLineControllerParams(rows=rows, adc_bits=adc_bits, share=4)
    for vector in np.random.default_rng(1).integers(0, 256, (20, rows)):
        found = list(groups(vector, params))
        ones = [(g.plane, row) for g in found for row in g.rows.tolist()]
        assert ones == [(p, r) for p in range(8) for r in range(rows) if int(vector[r]) >> p & 1]
        assert all(0 < g.rows.size <= params.rows_at_once for g in found)
        assert 4 * len(found) == conversion_ticks(vector, params)


def test_first_and_last_groups_enclose_a_plane():
    params = WordLineControllerParams(rows=15, input_bits=2)
    marks = [(g.plane, g.first, g.last) for g in groups(np.full(15, 3), params)]
    assert marks == [(plane, k == 0, k == 2) for plane in (0, 1) for k in range(3)]


def test_published_ticks():
    params = WordLineControllerParams()
    assert conversion_ticks(np.full(128, 1), params) == 152
    assert conversion_ticks(np.array([np.full(128, 255), np.zeros(128, int)]), params).tolist() == [
        1216, 0,
    ]  # fmt: skip


def test_only_powers_of_two_share_an_adc():
    with pytest.raises(ValueError, match=r"^share must be one of \(1, 2, 4, 8\), not 3$"):
        WordLineControllerParams(share=3)
