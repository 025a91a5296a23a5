"""Sizes that circuit and golden model both take from the parameters: docs/shared_logic.md."""

import pytest

from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.alwayson.neuron_block import NeuronBlockParams, Settings
from goldspike.model.alwayson.neuron_fsm import NeuronFsmParams
from goldspike.model.timing.oscillator import OscillatorParams
from goldspike.model.timing.power_gate import PowerGateParams


def test_the_scan_chain_has_room_for_every_setting() -> None:
    params = NeuronBlockParams(
        neurons=2, neuron=NeuronParams(fsm=NeuronFsmParams(bits=5)), length_bits=6, divide_bits=3
    )
    largest = Settings(length=63, divide=7, threshold=15)  # a potential is -16..15
    assert params.scanned(largest) == [True] * (6 + 3 + 4)
    assert sum(params.scan_widths) == 6 + 3 + 4
    assert (params.oscillator.low, params.oscillator.divide) == (63, 7)


@pytest.mark.parametrize("divide", range(1, 9))
@pytest.mark.parametrize(("low", "high"), [(1, 1), (3, 5), (6, 2)])
def test_the_phases_of_a_divided_clock(low: int, high: int, divide: int) -> None:
    params = OscillatorParams(low=low, high=high, divide=divide)
    ring = ([0] * low + [1] * high) * divide
    rises = [tick for tick, (a, b) in enumerate(zip([0, *ring], ring, strict=False)) if b > a]
    middle = rises[divide // 2]  # low for the odd round that is left over
    assert params.period == len(ring)
    assert params.low_phase == middle


def test_the_ticks_of_a_power_gate_are_those_of_its_steps() -> None:
    params = PowerGateParams(wake=3, reset=4, isolate=5, settle=6)
    assert params.waking == len([*range(3), *range(4)])
    assert params.going_off == len([*range(5), *range(6)])
