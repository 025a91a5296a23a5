"""What is loaded into chains and arrays, and the words that their images are."""

from collections.abc import Sequence

import numpy as np

from goldspike.cosim.imc.core import programming
from goldspike.cosim.imc.shared.stimulus import signed
from goldspike.model.imc.array import ArrayParams
from goldspike.model.imc.chain import ChainParams, CoreWeights, Weights
from goldspike.model.imc.core import CoreParams

__all__ = ["image_words", "loading", "set_single_bits"]


def loading(
    params: ChainParams | ArrayParams,
    weights: Weights,
    cores: Sequence[CoreParams],
    parts: Sequence[CoreWeights],
) -> list[dict]:
    """Return the ticks that load a network, `parts` of its weights into `cores`."""
    ticks: list[dict] = []
    for k, (core, w) in enumerate(zip(cores, parts, strict=True)):
        scales = np.stack([w.multiplier, w.bias], axis=1)[: w.bias.size if core.last else 0]
        for tick in programming(core, w.weights, scales):
            value = tick.get("weight", tick.get("scale"))
            name = "program_weight" if "program_weight" in tick else "program_scale"
            ticks.append({name: 1 << k, "value": value})
    if not params.classes:
        return ticks
    last = params.fully_connected
    crossbar, place = last.crossbar, 1 << len(cores)
    full = np.zeros((crossbar.words * crossbar.rows_per_tick, last.classes), np.int64)
    full[: last.channels] = weights.last
    mask = (1 << params.weight_bits) - 1
    ticks += [{"program_weight": place, "value": int(w) & mask} for w in full.flat]
    biases = weights.last_bias.tolist()
    return ticks + [{"program_scale": place, "value": b & 0xFFFFFFFF} for b in biases]


def image_words(image: np.ndarray, word_bytes: int) -> np.ndarray:
    """Return an image, int8 (height, width, channels), as words (pixels, words, word_bytes)."""
    pixels = image.transpose(1, 0, 2).reshape(-1, image.shape[2])  # x runs fastest
    words = -(-pixels.shape[1] // word_bytes)
    raw = np.zeros((len(pixels), words * word_bytes), np.uint8)
    raw[:, : pixels.shape[1]] = pixels.view(np.uint8)
    return raw.reshape(len(pixels), words, word_bytes)


def set_single_bits(rng: np.random.Generator, weights: Weights) -> None:
    """Make single bits of some multipliers and biases; the classes' biases are all about one."""
    for core in weights.cores:
        for numbers, bits in ((core.multiplier, 16), (core.bias, 32)):
            single = rng.random(numbers.size) < 0.6
            numbers[single] = signed(1 << rng.integers(0, bits, single.sum()), bits)
    favour = signed(1 << rng.integers(0, 32, 1), 32)
    biases = favour - rng.integers(0, 2, weights.last_bias.size)
    weights.last_bias[:] = np.maximum(biases, -(1 << 31))
