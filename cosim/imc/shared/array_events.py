"""What an array's trace says, in timesteps: every pixel and every partial sum that a core made."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from goldspike.model.imc.array import ArrayParams
from goldspike.model.imc.shared.dataflow import Event
from goldspike.model.imc.sum_packer import unpack

__all__ = ["Made", "difference", "made_by", "noted"]


class Made(NamedTuple):
    """What a core made, in order.

    Attributes
    ----------
    timestep : int64 (n,)
        When it was computed.
    values : int64 (n, channels)
        Activations, or partial sums.
    """

    timestep: np.ndarray
    values: np.ndarray


def made_by(params: ArrayParams, place: int, records: np.ndarray, begin: int) -> Made:
    """Read what a core made off the records of its output memory.

    Parameters
    ----------
    records : structured array
        From reset on.
    begin : int
        The tick of the first timestep.

    Returns
    -------
    Made
        Values of what has left it only.
    """
    core = params.circuits[place]
    words = core.output.words
    pushed = records["tick"][records["pushed"] == 1]
    # the last word of a pixel comes in the timestep in which it was computed
    when = (pushed[words - 1 :: words] - begin) // params.timestep
    left = records["word"][records["popped"] == 1]
    pixels = left[: len(left) // words * words].reshape(-1, words, left.shape[1])
    pixels = pixels[:, :, : params.word_bits // 8]
    if core.last:
        values = np.zeros((len(pixels), core.layer.outputs), np.int64)
        for k, (first, count) in enumerate(core.processor.slices):
            values[:, first : first + count] = pixels[:, k, :count].view(np.int8)
    else:
        values = np.array([unpack(core.packer, pixel) for pixel in pixels])
        values = values.reshape(-1, core.layer.outputs)
    return Made(when.astype(np.int64), values)


def noted(params: ArrayParams, events: list[Event]) -> list[Made]:
    """Return what the golden model noted, core by core."""
    found = []
    for place, core in enumerate(params.circuits):
        own = [event for event in events if event.core == place]
        values = np.array([event.pixel for event in own], np.int64)
        when = np.array([event.timestep for event in own], np.int64)
        found.append(Made(when, values.reshape(-1, core.layer.outputs)))
    return found


def difference(
    expected: list[Made], found: list[Made], first: Sequence[int] | None = None
) -> str | None:
    """Return the first core that made anything else, or at another time, in words; or None.

    The outputs of each core are numbered from its `first` one on, by default from 0.
    """
    for place, (model, circuit) in enumerate(zip(expected, found, strict=True)):
        before = first[place] if first else 0
        if not np.array_equal(model.timestep, circuit.timestep):
            n = first_difference(model.timestep[:, None], circuit.timestep[:, None])
            return f"core {place}, output {before + n}: the timesteps in which it was made differ"
        n = first_difference(model.values, circuit.values)
        if n < len(circuit.values):
            where = f"core {place}, output {before + n}, timestep {model.timestep[n]}"
            return f"{where}: expected {model.values[n]}, not {circuit.values[n]}"
    return None


def first_difference(a: np.ndarray, b: np.ndarray) -> int:
    """Return the first row in which two arrays differ, or how many rows both have."""
    count = min(len(a), len(b))
    differs = (a[:count] != b[:count]).any(axis=1)
    return int(differs.argmax()) if differs.any() else count
