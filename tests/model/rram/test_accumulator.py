import numpy as np
import pytest

from goldspike.model.rram.accumulator import AccumulatorModel, AccumulatorParams


@pytest.mark.parametrize("signed", [False, True])
def test_groups_and_planes_add_up_to_the_product(signed):
    params = AccumulatorParams(rows=20, input_bits=5)
    model, rng = AccumulatorModel(params), np.random.default_rng(1)
    for _ in range(20):
        weights, inputs = rng.integers(-8, 8, (20, 2)), rng.integers(0, 32, 20)
        model.tick(clear=True)
        for plane in range(5):
            on = np.flatnonzero(inputs >> plane & 1)
            for begin in range(0, on.size, 7):
                group = on[begin : begin + 7]
                for slot in range(2):
                    model.tick(
                        add=True, partial=int(weights[group, slot].sum()), slot=slot,
                        first=begin == 0, last=begin + 7 >= on.size, plane=plane,
                        negative=signed and plane == 4,
                    )  # fmt: skip
        model.tick()
        numbers = inputs - 32 * (inputs >= 16) if signed else inputs
        assert model.totals[:2].tolist() == (numbers @ weights).tolist()


def test_a_clear_wins():
    model = AccumulatorModel(AccumulatorParams(rows=3))
    ends = {"add": True, "partial": 2, "first": True, "last": True}
    model.tick(**ends)
    model.tick(clear=True, **ends)
    model.tick()
    assert not model.totals.any()


def test_published_flip_flops():
    params = AccumulatorParams()
    assert [params.sum_bits(k) for k in range(8)] == [15, 11, 9, 9, 8, 8, 8, 8]
    assert 16 * params.flip_flops == 1216


@pytest.mark.parametrize("share", [1, 2, 4, 8])
@pytest.mark.parametrize("input_bits", [1, 2, 8])
@pytest.mark.parametrize("rows", [1, 5, 128])
def test_a_total_has_room_for_every_product_and_no_more(share, input_bits, rows):
    params = AccumulatorParams(rows=rows, input_bits=input_bits, share=share)
    weights = (0, 1) if share == 1 else (-(1 << share - 1), (1 << share - 1) - 1)
    inputs = (-(1 << input_bits - 1), (1 << input_bits) - 1)
    products = [rows * weight * number for weight in weights for number in inputs]

    def fits(bits):
        return -(1 << bits - 1) <= min(products) and max(products) < 1 << bits - 1

    assert fits(params.total_bits(0)) and not fits(params.total_bits(0) - 1)
