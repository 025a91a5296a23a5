"""Spikes that stay up over what comes after them."""

import numpy as np

__all__ = ["hold"]


def hold(lines: np.ndarray, begin: int, end: int) -> None:
    """Let every second line (ticks, lines) stay up from its last high before `begin` to `end`."""
    for k in range(0, lines.shape[1], 2):
        highs = np.flatnonzero(lines[:begin, k])
        if highs.size:
            lines[highs[-1] : end, k] = True
