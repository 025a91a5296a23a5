"""Partial sums as they come over a link."""

from collections.abc import Iterator

import numpy as np

from goldspike.model.imc.partial_adder import PartialAdderParams

__all__ = ["numbers", "packed", "sum_words"]


def numbers(rng: np.random.Generator, count: int, half: int) -> list[int]:
    """Draw numbers from -half to half - 1, at these limits at times."""
    limits, drawn = rng.choice([-half, half - 1], count), rng.integers(-half, half, count)
    return (limits if rng.random() < 0.3 else drawn).tolist()


def packed(params: PartialAdderParams, pixel: list[int]) -> list[int]:
    """Return a pixel as words: channels side by side where several fit, over several if not."""
    lane = -(-params.partial_bits // 8) * 8
    size, lanes = params.word_bits, max(1, params.word_bits // lane)
    words = []
    for first in range(0, params.channels, lanes):
        group = pixel[first : first + lanes]
        whole = sum((n & (1 << lane) - 1) << k * lane for k, n in enumerate(group))
        count = -(-lane // size) if lanes == 1 else 1
        words += [whole >> k * size & (1 << size) - 1 for k in range(count)]
    return words


def sum_words(
    rng: np.random.Generator, params: PartialAdderParams, pixels: int, half: int
) -> Iterator[int]:
    """Yield the words of pixels of partial sums from -half to half - 1."""
    for _ in range(pixels):
        yield from packed(params, numbers(rng, params.channels, half))
