"""Pulses of lines without a clock: what is up while something else is under way."""

import numpy as np

from goldspike.cosim.bench.stimulus import edges, get_lines, set_lines

__all__ = ["hold_over", "pulses", "pulses_within"]


def pulses(rows: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return when a one-bit input rises, and when it falls again."""
    rises, _ = edges(rows, name, 1)
    turned = np.diff(rows[name].astype(int), prepend=0)
    falls = rows["tick"][turned < 0].astype(np.int64)
    return rises, np.append(falls, [1 << 62] * (rises.size - falls.size))


def pulses_within(rows: np.ndarray, name: str, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return when pulses of a one-bit input rise that meet a span, from `begins` before `ends`.

    The spans are in order.
    """
    rises, falls = pulses(rows, name)
    later = np.searchsorted(ends, rises, side="right")  # the first span that is not over
    begins = np.append(begins, np.iinfo(np.int64).max)
    return rises[begins[later] < falls]


def hold_over(
    rng: np.random.Generator, rows: np.ndarray, name: str, count: int, until: int
) -> None:
    """Let the last pulses on half of the lines before the row `until` go on to it, or beyond."""
    lines = get_lines(rows, name, count)
    for line in rng.permutation(count)[: (count + 1) // 2]:
        before = np.flatnonzero(lines[:until, line])
        after = np.flatnonzero(lines[until:, line])
        if before.size:
            free = min(after[0] if after.size else len(rows) - until, 6)
            lines[before[-1] : until + int(rng.integers(0, max(1, free))), line] = True
    set_lines(rows, name, lines)
