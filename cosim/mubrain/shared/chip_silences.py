"""Long silences within samples of small chips: every bit of a time comes and goes."""

import numpy as np

from goldspike.model.mubrain.chip import ChipModel

__all__ = ["with_silences"]

SILENCES = {
    6: (0x55555555, 0x2AAAAAAA),
    7: (0xAAAAAAAA, 0x55545555),
    8: (0, 0xFFFF0000),
}
"""By sample: ticks before its first event, and after the first spike that leaves the chip."""


def with_silences(model: ChipModel, tick: np.ndarray, address: np.ndarray, sample: int) -> None:
    """Put off a sample's events by the silences that it has, if any; no bias may strobe in them."""
    if sample not in SILENCES or any(model.params.bias):
        return
    before, after = SILENCES[sample]
    sent = model.run(tick, address).output.tick
    tick += before
    if sent.size:
        tick[np.searchsorted(tick, before + int(sent[0])) :] += after
