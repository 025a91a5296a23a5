"""Random layers: RTL, cycle model, timestep model and plain convolution say the same.

Every output pixel and its timestep; a failure prints the smallest layer that shows it.
"""

from dataclasses import replace

import numpy as np
import pytest
from amaranth.sim import Simulator
from hypothesis import HealthCheck, given, note, settings

from goldspike.cosim.bench.parameters import changed, named
from goldspike.cosim.imc.core import BENCH, programming
from goldspike.cosim.imc.shared.safety import violations
from goldspike.hdl.imc.core import Core
from goldspike.model.imc.chain import CoreWeights, Weights
from goldspike.model.imc.core import CoreIn, CoreModel, CoreParams
from goldspike.model.imc.digital_processor import process
from goldspike.model.imc.shared.array import ArrayParams, StageParams
from goldspike.model.imc.shared.dataflow import ArrayDataflow
from goldspike.signoff.random_configs import configurations
from goldspike.workloads.imc.convolution import convolve

IMAGES = 2


def without_residuals(changes: dict) -> CoreParams:
    """Return a core that takes as many pixels in a timestep as it makes."""
    core = changed(BENCH.configs[BENCH.published], named(changes))
    window = max(core.window, core.replicas * core.memory.words)
    return replace(core, gain=0, residual_out=False, arrivals=core.replicas, window=window)


CORES = configurations(BENCH).map(without_residuals)


def draw_numbers(params: CoreParams) -> tuple[CoreWeights, np.ndarray]:
    rng = np.random.default_rng(1)
    layer, half = params.layer, 1 << (params.weight_bits - 1)
    weights = CoreWeights(
        rng.integers(-half, half, (layer.rows, layer.outputs)).astype(np.int8),
        rng.integers(-3, 4, layer.outputs),
        rng.integers(-300, 300, layer.outputs),
    )
    shape = (IMAGES, layer.height, layer.width, layer.channels)
    return weights, rng.integers(-128, 128, shape).astype(np.int8)


def plain(params: CoreParams, w: CoreWeights, image: np.ndarray) -> list[list[int]]:
    """Return the output pixels of an image by plain convolution."""
    layer = params.layer
    shape = (layer.kernel, layer.kernel, layer.channels, layer.outputs)
    sums = convolve(image, w.weights.reshape(shape), layer)
    out, none = np.empty(sums.shape, np.int8), np.zeros(layer.outputs, np.int8)
    for place in np.ndindex(sums.shape[:2]):
        args = (w.multiplier, w.bias, none, 0, params.shift, params.relu)
        process(sums[place], *args, out[place])
    return out.transpose(1, 0, 2).reshape(-1, layer.outputs).tolist()


def timesteps(params: CoreParams, w: CoreWeights, pixels: np.ndarray) -> tuple[list, list]:
    """Return output pixels with their timesteps, and the timestep in which each pixel came."""
    stage = StageParams(
        layer=params.layer, shift=params.shift, relu=params.relu, replicas=params.replicas
    )
    array = ArrayParams(
        stages=(stage,), classes=0, word_bits=params.word_bits, depth=params.depth,
        weight_bits=params.weight_bits,
    )  # fmt: skip
    none = np.zeros((params.layer.outputs, 0), np.int8)
    model = ArrayDataflow(array, Weights([w], none, none[0]), traced=True)
    came: list[int] = []
    for now in range(3 * len(pixels) + 60):
        came += [now] * model.timestep(pixels[len(came) : len(came) + params.arrivals])
    made = [(event.timestep, event.pixel.tolist()) for event in model.events]
    return made, came


def cycles(params: CoreParams, w: CoreWeights, pixels: np.ndarray) -> tuple[CoreModel, list[dict]]:
    """Run the cycle model; return it, and what its pins saw on every tick."""
    core = CoreModel(params, w.weights, w.multiplier, w.bias)
    bytes_ = params.memory.word_bytes
    words = np.zeros((len(pixels), params.memory.words * bytes_), np.uint8)
    words[:, : pixels.shape[1]] = pixels.view(np.uint8)
    waiting, pins = [*words.reshape(-1, bytes_)], []
    for _ in range(3 * len(pixels) + 60):
        for tick in range(params.busiest):
            seen = CoreIn(step=tick == 0, word=waiting[0] if waiting else None, out_ready=True)
            pin = {"step": int(seen.step), "out_ready": 1, "in_valid": 0}
            if seen.word is not None:
                pin |= {"in_valid": 1, "in_word": int.from_bytes(seen.word.tobytes(), "little")}
            pins.append(pin)
            if core.tick(seen).taken:
                waiting.pop(0)
    return core, pins


def circuit(params: CoreParams, w: CoreWeights, pins: list[dict]) -> np.ndarray:
    """Run the circuit in Amaranth's simulator; return its trace records."""
    core = Core(params, trace=True)
    scales = np.stack([w.multiplier, w.bias], axis=1)
    load = programming(params, w.weights, scales)
    ticks: list[int] = []
    seen: list[int] = []

    async def testbench(ctx) -> None:
        for what in load:
            for name, value in what.items():
                ctx.set(getattr(core, name), value)
            await ctx.tick()
            for name in what:
                ctx.set(getattr(core, name), 0)
        for k, pin in enumerate(pins):
            for name, value in pin.items():
                ctx.set(getattr(core, name), value)
            await ctx.tick()
            if ctx.get(core.trace_valid):  # type: ignore[attr-defined]
                ticks.append(k + 1)
                seen.append(ctx.get(core.trace_word))  # type: ignore[attr-defined]

    simulator = Simulator(core)
    simulator.add_clock(1e-8)
    simulator.add_testbench(testbench)
    simulator.run()
    return params.trace.from_ints(ticks, seen)


def check(params: CoreParams, *, rtl: bool) -> None:
    """Hold all levels against each other on a layer."""
    note(repr(params))
    w, images = draw_numbers(params)
    pixels = images.transpose(0, 2, 1, 3).reshape(-1, images.shape[3])
    made, came = timesteps(params, w, pixels)
    expected = [pixel for image in images for pixel in plain(params, w, image)]
    assert [pixel for _, pixel in made] == expected
    layer = params.layer
    fits = (layer.height_out, layer.width_out) <= (layer.height, layer.width)
    steady = layer.stride == 1 and fits and layer.width_out <= layer.width
    if steady and params.replicas == 1:  # no bubble
        assert came == list(range(len(pixels)))

    core, pins = cycles(params, w, pixels)
    pushed = [row for row in core.records["output"] if row[1]]
    last = [row[0] for row in pushed][params.output.words - 1 :: params.output.words]
    assert [(tick - 1) // params.busiest for tick in last] == [now for now, _ in made]
    records = core.trace()
    assert violations(params.memory, records["memory"]).size == 0
    if rtl:
        got = circuit(params, w, pins)
        for name, layout in params.parts:
            assert layout.select(got, name).tobytes() == records[name].tobytes(), name


def drawn(examples: int) -> settings:
    slow = [HealthCheck.too_slow]
    return settings(
        max_examples=examples, deadline=None, derandomize=True, suppress_health_check=slow
    )


@drawn(40)
@given(CORES)
def test_models_equal_plain_convolution_on_random_layers(params: CoreParams) -> None:
    check(params, rtl=False)


@drawn(6)
@given(CORES)
def test_the_circuit_equals_its_models_on_random_layers(params: CoreParams) -> None:
    check(params, rtl=True)


@pytest.mark.slow
@drawn(600)
@given(CORES)
def test_models_equal_plain_convolution_on_many_random_layers(params: CoreParams) -> None:
    check(params, rtl=False)


@pytest.mark.slow
@drawn(60)
@given(CORES)
def test_the_circuit_equals_its_models_on_many_random_layers(params: CoreParams) -> None:
    check(params, rtl=True)
