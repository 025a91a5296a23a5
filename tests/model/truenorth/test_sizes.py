"""Sizes that circuit and golden model both take from the parameters: docs/shared_logic.md."""

import pytest

from goldspike.model.truenorth.core import CoreParams
from goldspike.model.truenorth.core_sram import CoreSramParams
from goldspike.model.truenorth.neuron import NeuronParams
from goldspike.model.truenorth.packet_queue import PacketQueueParams
from goldspike.model.truenorth.router import RouterParams
from goldspike.model.truenorth.shared.image import LIMITS


def digits(highest: int) -> int:
    """Return how many binary digits a number has, at least one."""
    return max(1, len(f"{highest:b}"))


@pytest.mark.parametrize(("axons", "neurons"), [(1, 1), (2, 3), (5, 4), (256, 256), (512, 257)])
def test_numbers_of_axons_and_neurons(axons: int, neurons: int) -> None:
    params = CoreParams(axons=axons, neurons=neurons)
    assert params.axon_bits == digits(axons - 1)
    assert params.neuron_bits == digits(neurons - 1)


@pytest.mark.parametrize("name", sorted({name for name, _ in CoreSramParams().fields} & {*LIMITS}))
def test_a_field_of_a_row_holds_its_range_and_no_bit_more(name: str) -> None:
    low, high = LIMITS[name]
    bits = dict(CoreSramParams().fields)[name]
    assert bits == (len(f"{max(high, ~low):b}") + 1 if low < 0 else digits(high))


@pytest.mark.parametrize(("threshold", "weight"), [(18, 9), (7, 9), (8, 9), (1, 2), (3, 3)])
def test_draws_are_as_long_as_the_longest_mask_and_weight(threshold: int, weight: int) -> None:
    params = NeuronParams(threshold_bits=threshold, weight_bits=weight)
    assert params.mask_bits == digits(threshold)  # 0 to so many bits are drawn
    magnitude = digits(2 ** (weight - 1) - 1)  # of the largest weight
    assert params.draw_bits == max(threshold, magnitude)


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 7, 8, 64])
def test_a_queue_counts_from_empty_to_full(depth: int) -> None:
    assert PacketQueueParams(depth=depth).fill_bits == digits(depth)


@pytest.mark.parametrize("axon_bits", [1, 8, 9])
def test_a_packet_holds_a_way_a_slot_and_an_axon(axon_bits: int) -> None:
    way = 2 * (len(f"{LIMITS['dx'][1]:b}") + 1)  # both signed
    slots = digits(15)
    assert RouterParams(axon_bits=axon_bits).packet_bits == way + slots + axon_bits
