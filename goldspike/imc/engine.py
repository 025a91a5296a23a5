"""The golden model as an engine of the array of cores, and what every engine returns of a run.

``model`` is the golden model that counts in timesteps; ``rtl`` is the compiled circuit, whose trace
is counted. Nothing that one of them reports comes from the other. ``lockstep`` runs the circuit and
the golden model of the clock cycle and compares every traced word; what it reports is the
circuit's. The engines with a circuit are in :mod:`goldspike.imc.circuit`, which is imported when
one is asked for. Images follow each other without a gap, one pixel (or as many as the first core
takes) per timestep.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from goldspike.model.errors import InputError
from goldspike.model.imc.chain import Weights
from goldspike.model.imc.shared.array import ArrayParams, Kind
from goldspike.model.imc.shared.dataflow import ArrayDataflow
from goldspike.model.imc.shared.layer import LayerParams

BLOCK = 8
"""Images per call of the golden model."""
MANY = 1 << 62
"""Timesteps: as many as it takes."""

__all__ = ["MANY", "Result", "drain", "in_order", "run_model", "total"]


@dataclass
class Result:
    """What a run did, or a part of it.

    Attributes
    ----------
    answers : list of int
        Every image's class.
    ends : list of int
        The timestep of every answer; the first pixel comes in timestep 0.
    reads, writes : list of int
        Words of every core's input memory.
    carried : list of int
        Pixels, or partial sums, that the link behind every core carried, then pixels that the one
        behind the pooling did.
    residuals : list of int
        Pixels that every residual link carried.
    nonzero : list of int
        Activations that every core with a digital processor made and that are not zero.
    starts : list of int
        The timestep of every image's first pixel.
    """

    answers: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)
    writes: list[int] = field(default_factory=list)
    carried: list[int] = field(default_factory=list)
    residuals: list[int] = field(default_factory=list)
    nonzero: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)

    @property
    def samples(self) -> int:
        """How many images were answered."""
        return len(self.answers)


def drain(layers: Sequence[LayerParams]) -> int:
    """Return timesteps that are enough for everything to leave after the last pixel."""
    return 8 + sum(layer.height * layer.kernel + 4 for layer in layers)


def run_model(params: ArrayParams, weights: Weights, images: np.ndarray) -> Iterator[Result]:
    """Run images, int8 (n, height, width, channels), on the golden model.

    Yields answers as they come, and at the end what was counted.

    Raises
    ------
    InputError
        If stages wait for each other, so that no image comes through.
    """
    model = ArrayDataflow(params, weights, most_answers=BLOCK)
    left, budget = in_order(images[:0]), params.streams[0].budget
    answered = 0
    for begin in range(0, len(images), BLOCK):
        pixels = np.concatenate([left, in_order(images[begin : begin + BLOCK])])
        final, moves = begin + BLOCK >= len(images), True
        while moves if final else len(pixels) >= budget and moves:
            pixels = pixels[model.run(pixels, MANY, final=final) :]
            moves = model.moves
            new = model.answers[answered:]
            answered += len(new)
            yield Result(answers=[name for _, name, _ in new], ends=[now for now, _, _ in new])
        left = pixels
    if answered < len(images):
        raise InputError(f"the array stands still: {model.reason}.")
    streams = dict(zip(params.streams, model.carried, strict=True))
    sent = {
        place: count
        for stream, count in streams.items()
        if stream.kind != Kind.RESIDUAL or params.shortcut(stream.stage)
        for place in stream.senders
    }
    yield Result(
        reads=model.reads,
        writes=model.writes,
        carried=[*(sent[place] for place in range(len(params.cores))), answered],
        residuals=[n for stream, n in streams.items() if stream.kind == Kind.RESIDUAL],
        nonzero=[n for core, n in zip(params.cores, model.nonzero, strict=True) if core.last],
        starts=model.starts,
    )


def in_order(images: np.ndarray) -> np.ndarray:
    """Return the pixels of images in order, (n, channels): x runs fastest."""
    return images.transpose(0, 2, 1, 3).reshape(-1, images.shape[3])


def total(parts: Sequence[Result]) -> Result:
    """Return the parts of a run as one; the last has the counts."""
    return replace(
        parts[-1],
        answers=[answer for part in parts for answer in part.answers],
        ends=[end for part in parts for end in part.ends],
    )
