"""Layers split over cores: the circuit gives the timestep model's outputs in its timesteps."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from amaranth.sim import Simulator

from goldspike.cosim.imc.chain import ChainBench
from goldspike.cosim.imc.core import programming
from goldspike.cosim.imc.shared.safety import sum_violations, violations
from goldspike.hdl.imc.array import Array
from goldspike.model.imc.array import ArrayParams
from goldspike.model.imc.chain import CoreWeights, Weights
from goldspike.model.imc.core import CoreParams
from goldspike.model.imc.shared.array import StageParams
from goldspike.model.imc.shared.array_state import POP, PUSH
from goldspike.model.imc.shared.dataflow import ArrayDataflow
from goldspike.model.imc.shared.layer import LayerParams

IMAGES = 2


def stage(side, channels, outputs, kernel=3, stride=1, **change):
    layer = LayerParams(
        height=side, width=side, channels=channels, outputs=outputs, kernel=kernel, stride=stride,
        padding=kernel // 2,
    )  # fmt: skip
    return StageParams(layer=layer, shift=6, **change)


def array(*stages, word_bits=16, **change):
    changes = {"classes": 2, "weight_bits": 4, "depth": 256, "rows_per_tick": 9, **change}
    return ArrayParams(stages=stages, word_bits=word_bits, **changes)


ARRAYS = {
    "rows": array(stage(4, 5, 3, row_parts=3)),
    "columns, words of many lanes": array(stage(4, 2, 5, column_parts=2), word_bits=64),
    "rows and columns, lanes of two words": array(
        stage(4, 3, 3, kernel=1, row_parts=3, column_parts=2), word_bits=8
    ),
    "split after split, open end": array(
        stage(2, 3, 5, kernel=1, row_parts=2, column_parts=2),
        stage(2, 5, 3, kernel=1, source=0, row_parts=3, column_parts=2), classes=0,
    ),
    "replicas, stride 2": array(stage(4, 4, 3, stride=2, row_parts=2, replicas=2)),
    "residual between splits": array(
        stage(4, 1, 5, kernel=1, column_parts=2),
        stage(4, 5, 5, kernel=1, source=0, row_parts=2),
        stage(4, 5, 5, source=1, row_parts=2, column_parts=2, residual=1, gain=40),
    ),
    "shortcut": array(
        stage(4, 1, 3, kernel=1),
        stage(4, 3, 4, kernel=1, stride=2, source=0, column_parts=2),
        stage(4, 3, 4, stride=2, source=0, row_parts=3),
        stage(2, 4, 4, source=2, row_parts=2, residual=1, gain=40, held=12),
    ),
}  # fmt: skip


def draw_weights(params: ArrayParams) -> Weights:
    rng = np.random.default_rng(1)
    half = 1 << (params.weight_bits - 1)
    cores = [
        CoreWeights(
            rng.integers(-half, half, (s.layer.rows, s.layer.outputs)).astype(np.int8),
            rng.integers(1, 4, s.layer.outputs),
            rng.integers(-90, 90, s.layer.outputs),
        )
        for s in params.stages
    ]
    last = rng.integers(-half, half, (params.stages[-1].layer.outputs, params.classes))
    return Weights(cores, last.astype(np.int8), rng.integers(-99, 99, params.classes))


def loading(params: ArrayParams, weights: Weights) -> list[dict]:
    """Return the ticks that load every core's part of the weights, and the last layer's."""
    ticks = []

    def load(k: int, core: CoreParams, matrix: np.ndarray, scales: np.ndarray) -> None:
        for tick in programming(core, matrix, scales):
            name = "program_weight" if "program_weight" in tick else "program_scale"
            ticks.append({name: 1 << k, "value": tick.get("weight", tick.get("scale"))})

    for k, (part, core) in enumerate(zip(params.cores, params.circuits, strict=True)):
        w, layer = weights.cores[part.stage], params.stages[part.stage].layer
        inputs, outputs = (slice(a, a + n) for a, n in (part.inputs, part.outputs))
        kernel = w.weights.reshape(-1, layer.channels, layer.outputs)[:, inputs, outputs]
        scales = np.stack([w.multiplier, w.bias], axis=1)[outputs]
        matrix = kernel.reshape(-1, part.outputs[1])
        load(k, core, matrix, scales if part.last else scales[:0])
    if params.classes:
        crossbar = params.fully_connected.crossbar
        end = CoreParams(
            layer=crossbar.memory.layer, weight_bits=params.weight_bits,
            rows_per_tick=params.rows_per_tick, word_bits=params.word_bits, window=4096,
        )  # fmt: skip
        load(len(params.cores), end, weights.last, np.zeros((0, 2), int))
        biases = [{"value": int(bias) & 0xFFFFFFFF} for bias in weights.last_bias]
        ticks += [{"program_scale": 1 << len(params.cores), **bias} for bias in biases]
    return ticks


def as_words(params: ArrayParams, pixels: np.ndarray) -> list[int]:
    """Return an image's pixels as words: every segment begins on one."""
    cuts, size = params.cuts(0), params.word_bits // 8
    words = []
    for pixel in pixels:
        for a, b in itertools.pairwise(cuts):
            firsts = range(a, b, size)
            parts = [pixel[first : min(first + size, b)].tobytes() for first in firsts]
            words += [int.from_bytes(part, "little") for part in parts]
    return words


def circuit(
    params: ArrayParams, weights: Weights, pixels: np.ndarray, timesteps: int
) -> tuple[np.ndarray, list[int]]:
    """Run the circuit in Amaranth's simulator; return trace records and answers."""
    dut: Array = Array(params, trace=True)
    words, ticks, seen, answers = as_words(params, pixels), [], [], []

    async def testbench(ctx) -> None:
        for what in loading(params, weights):
            for name, value in what.items():
                ctx.set(getattr(dut, name), value)
            await ctx.tick()
            for name in what:
                ctx.set(getattr(dut, name), 0)
        ctx.set(dut.run, 1)
        sent = 0
        for tick in range(timesteps * params.timestep):
            ctx.set(dut.in_valid, sent < len(words))
            ctx.set(dut.in_word, words[sent] if sent < len(words) else 0)
            sent += ctx.get(dut.in_ready) and sent < len(words)
            await ctx.tick()
            if ctx.get(dut.trace_valid):  # type: ignore[attr-defined]
                ticks.append(tick)
                seen.append(ctx.get(dut.trace_word))  # type: ignore[attr-defined]
            if ctx.get(dut.answered):
                answers.append(ctx.get(dut.answer))
        assert not ctx.get(dut.late)

    simulator = Simulator(dut)
    simulator.add_clock(1e-8)
    simulator.add_testbench(testbench)
    simulator.run()
    return params.trace.from_ints(ticks, seen), answers


def pixels_of(params: CoreParams, words: np.ndarray) -> np.ndarray:
    """Return what a core sent, as numbers (n, outputs), out of its words."""
    if params.last:
        slices, size = params.processor.slices, params.output.words
        pixels = words.reshape(len(words) // size, size, -1)
        parts = [pixels[:, k, :count] for k, (_, count) in enumerate(slices)]
        return np.concatenate(parts, axis=1).view(np.int8)
    size, width = -(-params.sum_bits // 8), params.word_bits // 8
    per_word = max(1, width // size)
    taken = per_word * size if width >= size else -(-size // width) * width
    raw = words.reshape(len(words) // params.output.words, -1, max(taken, width))[:, :, :taken]
    lanes = raw.reshape(len(raw), -1, taken // per_word)[:, : params.layer.outputs, :size]
    number = (lanes.astype(np.int64) << 8 * np.arange(size)).sum(axis=2)
    return number - (number >> (8 * size - 1) << 8 * size)


QUICK = ("columns, words of many lanes", "rows and columns, lanes of two words", "shortcut")
CASES = [pytest.param(k, marks=[] if k in QUICK else pytest.mark.slow) for k in ARRAYS]


@pytest.mark.parametrize("name", CASES)
def test_the_circuit_gives_the_timestep_models_outputs(name: str) -> None:
    params = ARRAYS[name]
    weights, rng = draw_weights(params), np.random.default_rng(2)
    pixels = rng.integers(-128, 128, (IMAGES * 16, params.stages[0].layer.channels))
    side = params.stages[0].layer.height
    pixels = pixels.astype(np.int8)[: IMAGES * side * side]
    model = ArrayDataflow(params, weights, traced=True)
    taken = model.run(pixels, 500)
    assert taken == len(pixels)
    records, answers = circuit(params, weights, pixels, model.now + 2)
    assert answers == [answer for _, answer, _ in model.answers]
    for k, core in enumerate(params.circuits):
        layout = dict(params.parts)[f"core{k}"]
        inner = layout.select(records, f"core{k}")
        parts = {part: inside.select(inner, part) for part, inside in core.parts}
        events = [event for event in model.events if event.core == k]
        steps = parts["crossbar"]["tick"] // params.timestep
        assert events
        assert steps.tolist() == [event.timestep for event in events]
        left = parts["output"][parts["output"]["popped"] == 1]
        got = pixels_of(core, left["word"])
        assert got.tolist() == [event.pixel.tolist() for event in events]
        assert not violations(core.memory, parts["memory"]).size
        if core.partial_in:
            assert not sum_violations(accesses(core, parts["partial"])).size


def accesses(core: CoreParams, records: np.ndarray) -> np.ndarray:
    """Return (tick, kind, place) of every word that went into or out of a queue of sums."""
    depth, heads = core.adder.queue.depth, {PUSH: 0, POP: 0}
    found = []
    for row in records:
        for kind, name in ((POP, "popped"), (PUSH, "pushed")):
            if row[name]:
                found.append((row["tick"], kind, heads[kind] % depth))
                heads[kind] += 1
    return np.array(found)


def test_an_array_of_one_core_per_stage_is_the_chain() -> None:
    for chain in ChainBench.configs.values():
        params = ArrayParams.of(chain)
        assert params.circuits == chain.cores
        assert (params.window, params.timestep) == (chain.window, chain.timestep)
        assert params.trace == chain.trace
        assert params.pooling == chain.pooling
        assert params.fully_connected == chain.fully_connected
        assert replace(params, classes=0).timestep <= params.timestep
