"""What the chip did with a sample, or with a batch of them."""

from dataclasses import dataclass

import numpy as np

from goldspike.model.mubrain.arbiter import ArbiterRun
from goldspike.model.mubrain.layer import LayerRun
from goldspike.model.mubrain.readout import Answer, Answers
from goldspike.model.mubrain.shared.spikes import Spikes

__all__ = ["ChipBatch", "ChipRun"]


@dataclass(frozen=True)
class ChipRun:
    """What the chip did with one sample.

    Attributes
    ----------
    edges, invalid, bias : int
        Events that reached the first arbiter, those whose address names no input, and strobes on
        bias inputs.
    layers : tuple of LayerRun
    output : ArbiterRun
        Output events: the tick at which the strobe rises, and the address.
    answer : Answer
    ticks : int
        The tick after which nothing is awake any more.
    """

    edges: int
    invalid: int
    bias: int
    layers: tuple[LayerRun, ...]
    output: ArbiterRun
    answer: Answer
    ticks: int


@dataclass(frozen=True)
class ChipBatch:
    """What the chip did with a batch of samples: int64 (samples,), or as said.

    Attributes
    ----------
    edges, invalid
        Events that reached the first arbiter, and those whose address names no input.
    bias : int
        Strobes on bias inputs, of each sample.
    grants, merged, spikes : int64 (samples, layers)
        Of every layer.
    operations
        As `grants`: weights that the grants added; in a recurrent layer only where there is a
        synapse.
    sent : Spikes
        Output events: the tick at which the strobe rises, and the address.
    send_merged
        Spikes that merged at the output.
    answers : Answers
    ticks
        The tick after which nothing is awake any more.
    """

    edges: np.ndarray
    invalid: np.ndarray
    bias: int
    grants: np.ndarray
    merged: np.ndarray
    spikes: np.ndarray
    operations: np.ndarray
    sent: Spikes
    send_merged: np.ndarray
    answers: Answers
    ticks: np.ndarray
