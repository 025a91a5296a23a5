"""The configuration stream against the images it was made of; the step generator."""

from collections.abc import Callable

import numpy as np

from goldspike.model.truenorth.array import ArrayParams, announced, configuration, network_of
from goldspike.model.truenorth.core import CoreParams, cores_of
from goldspike.model.truenorth.core_sram import row_of
from goldspike.model.truenorth.shared.array_runs import PINS, shown_of, simulate
from goldspike.model.truenorth.shared.image import CoreImage, blank
from goldspike.model.truenorth.shared.loader import loader_of, take_word


def test_configuration_names_core_and_neuron(random_image: Callable[..., CoreImage]) -> None:
    rng = np.random.default_rng(1)
    core = CoreParams(axons=40, neurons=3)
    params = ArrayParams(columns=2, rows=1, core=core)
    images = [random_image(rng, 40, 3) for _ in range(2)]
    words = list(configuration(images, params))
    seen: dict[tuple[int, int, int], int] = {}
    lengths = {0: -(-core.sram.row_bits // 32), 1: 3, 2: 1}
    while words:
        header = words.pop(0)
        key = (header >> 30, header >> 16 & 0x3FFF, header & 0xFFFF)
        body = [words.pop(0) for _ in range(lengths[key[0]])]
        seen[key] = sum(word << 32 * k for k, word in enumerate(body))
    for core_number, image in enumerate(images):
        assert seen[2, core_number, 0] == image.seed
        types = seen[1, core_number, 0]
        assert [types >> 2 * axon & 3 for axon in range(40)] == image.types.tolist()
        for neuron in range(3):
            assert seen[0, core_number, neuron] == row_of(image, neuron, core.sram)
    assert len(seen) == 2 * 5


def flags(period: int, ticks: int, run: int = 1) -> np.ndarray:
    """Return the flags of an array of a blank core of 3 neurons, whose steps take 7 ticks."""
    core = CoreParams(axons=2, neurons=3)
    params = ArrayParams(columns=1, rows=1, core=core)
    network = network_of([blank(2, 3)], params)
    pins = np.zeros((ticks, len(PINS)), np.int64)
    pins[:, PINS.index("run")], pins[:, PINS.index("period")] = run, period
    shown = shown_of(ticks, ticks, params)
    ready, words = np.ones((ticks, 1), np.uint8), np.zeros(0, np.int64)
    simulate(network, loader_of(core), pins, ready, words, shown)
    return shown.flags


def test_the_port_loads_what_the_stream_holds(random_image: Callable[..., CoreImage]) -> None:
    rng = np.random.default_rng(2)
    core = CoreParams(axons=40, neurons=5)
    images = [random_image(rng, 40, 5) for _ in range(2)]
    cores, loader = cores_of([blank(40, 5)] * 2, core), loader_of(core)
    for word in configuration(images, ArrayParams(columns=2, rows=1, core=core)):
        take_word(cores, loader, word)
    for loaded, wanted in zip(cores, cores_of(images, core), strict=True):
        assert loaded.tolist() == wanted.tolist()


def test_a_row_of_a_neuron_that_there_is_not_goes_nowhere() -> None:
    core = CoreParams(axons=40, neurons=3)
    cores, loader = cores_of([blank(40, 3)] * 2, core), loader_of(core)
    before = [part.tolist() for part in cores]
    for neuron in (3, 0xFFFF):
        for word in announced(0, 0, neuron, (1 << core.sram.row_bits) - 1, core.sram.row_bits):
            take_word(cores, loader, word)
    assert [part.tolist() for part in cores] == before


def test_steps_begin_when_all_is_idle_or_with_the_period() -> None:
    assert np.flatnonzero(flags(0, 30)[:, 1]).tolist() == [0, 7, 14, 21, 28]
    assert np.flatnonzero(flags(10, 30)[:, 1]).tolist() == [0, 10, 20]
    assert not flags(10, 30)[:, 3].any()
    assert not flags(10, 30, run=0)[:, 1].any()


def test_a_period_too_short_is_an_overrun() -> None:
    shown = flags(5, 30)
    assert np.flatnonzero(shown[:, 1]).tolist() == [0, 7, 14, 21, 28]
    assert np.flatnonzero(shown[:, 3]).tolist() == [5, 6, 12, 13, 19, 20, 26, 27]
