import pytest

from goldspike.model.imc.shared.layer import RESNET32, LayerParams
from goldspike.workloads.imc.mapping import (
    aspect_ratio,
    largest_replication,
    least_aspect_ratio,
    one_direction_aspect_ratio,
    patch_rows,
    split,
    utilisation,
)

LAYER = LayerParams(height=32, width=32, channels=16, outputs=16)


def union(replicas, width, kernel):
    """Return how many pixels the windows of the outputs cover, by counting them."""
    covered = set()
    for n in range(replicas):
        i, j = divmod(n, width)
        covered |= {(i + a, j + b) for a in range(kernel) for b in range(kernel)}
    return len(covered)


@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
@pytest.mark.parametrize("width", [1, 2, 3, 5, 7])
def test_rows_are_the_union_of_the_patches(width, kernel):
    for n in range(1, 65):
        assert patch_rows(n, width, kernel, 4) == 4 * union(n, width, kernel)


def test_twenty_replicas_take_the_published_rows():
    assert patch_rows(20, 1, 3, 16) == 1056
    assert patch_rows(20, 5, 3, 16) == 672


def test_method_1_is_equation_2():
    for n in range(1, 100):
        assert aspect_ratio(n, 1, LAYER) == pytest.approx(one_direction_aspect_ratio(n, LAYER))
    assert aspect_ratio(1, 1, LAYER) == 9
    assert aspect_ratio(10**7, 1, LAYER) == pytest.approx(3, abs=1e-5)


def test_method_2_tends_to_width_plus_two_over_width_and_equation_3_is_one():
    assert aspect_ratio(10**7, 5, LAYER) == pytest.approx(7 / 5, abs=1e-5)
    assert least_aspect_ratio(LAYER) == 1


def test_utilisation_is_linear_in_the_replicas():
    assert utilisation(1, LAYER, 256, 256) == 144 * 16 / 65536
    assert utilisation(4, LAYER, 256, 256) == 4 * utilisation(1, LAYER, 256, 256)


def test_four_replicas_fit_as_a_square_only():
    assert largest_replication(LAYER, 256, 256) == (4, 2)
    assert patch_rows(4, 1, 3, 16) == 288


def test_resnet_takes_43_cores():
    assert sum(count * len(split(layer, 256, 256)) for _, count, layer in RESNET32) == 43


def test_parts_cover_every_weight_once():
    layer = LayerParams(height=8, width=8, channels=57, outputs=23)
    parts = split(layer, 256, 10)
    assert len(parts) == 3 * 3
    weights = [
        (i, o)
        for part in parts
        for i in range(part.first_input, part.first_input + part.inputs)
        for o in range(part.first_output, part.first_output + part.outputs)
    ]
    assert sorted(weights) == [(i, o) for i in range(57) for o in range(23)]
    assert all(part.inputs * 9 <= 256 and part.outputs <= 10 for part in parts)


def test_an_array_too_small_for_one_channel_is_refused():
    with pytest.raises(ValueError, match=r"^an array needs at least 9 rows for this kernel, not 8"):
        split(LAYER, 8, 8)
