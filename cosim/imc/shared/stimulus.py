"""What the benches of the accelerator share: words, numbers and ticks in and out of rows."""

from collections.abc import Mapping, Sequence

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import rows_from_levels

__all__ = ["rows_from_ticks", "scale_word", "signed", "word_lines", "word_rows"]

Tick = Mapping[str, int | np.ndarray]
"""Inputs that are not zero on a tick; words as uint8 arrays."""


def word_rows(rows: np.ndarray, name: str, word_bytes: int) -> np.ndarray:
    """Return an input of whole bytes as uint8 ``(rows, word_bytes)``."""
    raw = np.ascontiguousarray(rows[name]).view(np.uint8).reshape(len(rows), -1)
    return raw[:, :word_bytes]


def word_lines(words: np.ndarray) -> np.ndarray:
    """Return words, uint8 ``(n, word_bytes)``, as lines of an input."""
    return np.unpackbits(words, axis=1, bitorder="little").astype(bool)


def signed(raw: np.ndarray, bits: int) -> np.ndarray:
    """Return two's complement bits as numbers."""
    number = raw.astype(np.int64)
    return number - (number >> (bits - 1) << bits)


def scale_word(multiplier: int, bias: int) -> int:
    """Return a channel's scale as it is loaded."""
    return (multiplier & 0xFFFF) | (bias & 0xFFFFFFFF) << 16


def rows_from_ticks(bench: Bench, ticks: Sequence[Tick], word_bytes: int) -> np.ndarray:
    """Return rows of stimulus from what every tick drives; tick 1 first."""
    levels: dict[str, np.ndarray] = {}
    for name in bench.blank(1).dtype.names or ():
        if name == "tick":
            continue
        given = [tick.get(name, 0) for tick in ticks]
        if any(isinstance(value, np.ndarray) for value in given):
            words = np.zeros((len(ticks), word_bytes), np.uint8)
            for k, value in enumerate(given):
                words[k] = value
            levels[name] = word_lines(words)
        else:
            levels[name] = np.array(given, np.int64)
    return rows_from_levels(bench, levels)
