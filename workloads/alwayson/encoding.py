"""Input coding: grey levels become spikes on the AER input.

A pixel's level is the upper `bits` bits of its grey level: so many spikes come per frame, evenly
spaced, the first after a random part of a space. The sender keeps
:data:`~goldspike.model.alwayson.aer_input.EVENT_DISTANCE` between events, in order of time and then
of address, which delays some by a few ticks. All are positive.

Ref: Chundi 2021, "Experiment Setup": rates of 8 bits and frames of 0.5 s for MNIST, 6 bits for
speech. Assumptions, where the paper is silent: the phases, drawn from the seed and the sample's
number, so that a sample's spikes do not depend on which others run; that the last ticks of a frame,
`settle`, bring no input, so that the last spikes get through to the output core before it is
frozen.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goldspike.model.alwayson.aer_input import EVENT_DISTANCE
from goldspike.model.limits import require_room
from goldspike.model.params import require_int

__all__ = ["OPERATING_POINTS", "EncodingParams", "encode", "levels"]

GREY_BITS = 8
MOST_FRAME = 1 << 40
"""Ticks, of which many frames fit into a sorting key."""
_IN_MEMORY = 80
"""Bytes that an event takes while it is made."""


@dataclass(frozen=True, kw_only=True)
class EncodingParams:
    """Rate coding of grey levels.

    Parameters
    ----------
    bits : int
        Of a rate, 1..8: 2**bits - 1 spikes per frame are the most.
    frame : int
        Ticks until the output core is frozen (140,000 a second).
    settle : int
        Ticks at its end in which no spike is due; at least one tick is left.
    seed : int
        Of the phases.
    """

    bits: int = 6
    frame: int = 280_000
    settle: int = 2_000
    seed: int = 1

    def __post_init__(self) -> None:
        require_int("bits", self.bits, 1, GREY_BITS)
        require_int("frame", self.frame, 1, MOST_FRAME)
        require_int("settle", self.settle, 0)
        if self.settle >= self.frame:
            raise ValueError(f"settle must be below frame, {self.frame}, not {self.settle}")
        require_int("seed", self.seed, 0)


OPERATING_POINTS: Mapping[str, EncodingParams] = {
    "lossless": EncodingParams(),
    "paper": EncodingParams(bits=8, frame=70_000, settle=0),
}
"""Nothing is dropped on any test image of MNIST; the paper's frame, in which the chip starves."""


def levels(grey: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    """Return how many spikes a frame has for each pixel."""
    return np.right_shift(grey, np.uint8(GREY_BITS - bits))


def encode(
    grey: NDArray[np.uint8], params: EncodingParams, first: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return images as AER events ``(tick, address, bounds)`` for :meth:`.ChipModel.run`.

    Parameters
    ----------
    grey : uint8 array (n, pixels)
    params : EncodingParams
    first : int
        The number of the first image in its set; with the seed it fixes the phases.

    Returns
    -------
    tick, address : int64 arrays (events,)
        From tick 1 on, image after image.
    bounds : int64 array (n + 1,)
        Which events are of which image.
    """
    count, pixels = grey.shape
    spikes = levels(grey, params.bits).astype(np.int64)
    total = int(spikes.sum())
    require_room(f"An input of {count} images, with {total} spikes,", _IN_MEMORY * total)
    phase = np.empty((count, pixels))
    for k in range(count):
        np.random.default_rng((params.seed, first + k)).random(out=phase[k])
    flat = spikes.ravel()
    source = np.repeat(np.arange(flat.size), flat)
    number = np.arange(total) - np.repeat(np.cumsum(flat) - flat, flat)
    window = params.frame - params.settle
    due = ((number + phase.ravel()[source]) * window / flat[source]).astype(np.int64) + 1
    image, address = np.divmod(source, pixels)
    order = np.lexsort((address, due, image))
    due, image, address = due[order], image[order], address[order]
    bounds = np.concatenate(([0], np.cumsum(spikes.sum(axis=1))))
    # Each event is a distance after the one before: the running maximum, as if there were none.
    most = EVENT_DISTANCE * (np.arange(total) - bounds[image])
    apart = due - most + image * (due.max(initial=0) + EVENT_DISTANCE * total)
    tick = np.maximum.accumulate(apart) - image * (due.max(initial=0) + EVENT_DISTANCE * total)
    return tick + most, address, bounds
