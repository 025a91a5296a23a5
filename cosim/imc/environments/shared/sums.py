"""Partial sums as they come over a link."""

import numpy as np

__all__ = ["numbers", "packed"]


def numbers(rng: np.random.Generator, count: int, half: int) -> list[int]:
    """Draw numbers from -half to half - 1, at these limits at times."""
    limits, drawn = rng.choice([-half, half - 1], count), rng.integers(-half, half, count)
    return (limits if rng.random() < 0.3 else drawn).tolist()


def packed(pixel: list[int], bits: int, size: int) -> list[int]:
    """Return a pixel of sums as words of `size` bits: channels side by side where several fit.

    A channel has whole bytes, and several words if it does not fit in one.
    """
    lane = -(-bits // 8) * 8
    lanes, words = max(1, size // lane), []
    for first in range(0, len(pixel), lanes):
        group = pixel[first : first + lanes]
        whole = sum((n & (1 << lane) - 1) << k * lane for k, n in enumerate(group))
        count = -(-lane // size) if lanes == 1 else 1
        words += [whole >> k * size & (1 << size) - 1 for k in range(count)]
    return words
