"""The golden model as an engine of the chain of cores, and what every engine returns of a run.

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

from goldspike.model.imc.chain import ChainParams, Weights
from goldspike.model.imc.shared.dataflow import ChainDataflow

__all__ = ["Result", "drain", "run_model", "total"]


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
        Pixels that the link behind every core carried, then the one behind the pooling.
    residuals : list of int
        Pixels that every residual link carried.
    nonzero : list of int
        Activations that every core made and that are not zero.
    """

    answers: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)
    writes: list[int] = field(default_factory=list)
    carried: list[int] = field(default_factory=list)
    residuals: list[int] = field(default_factory=list)
    nonzero: list[int] = field(default_factory=list)

    @property
    def samples(self) -> int:
        """How many images were answered."""
        return len(self.answers)


def drain(params: ChainParams) -> int:
    """Return timesteps that are enough for everything to leave after the last pixel."""
    return 8 + sum(layer.height * layer.kernel + 4 for layer in params.layers)


def run_model(params: ChainParams, weights: Weights, images: np.ndarray) -> Iterator[Result]:
    """Run images, int8 (n, height, width, channels), on the golden model.

    Yields every answer as it comes, and at the end what was counted.
    """
    model = ChainDataflow(params, weights)
    pixels = images.transpose(0, 2, 1, 3).reshape(-1, images.shape[3])  # x runs fastest
    per_step = params.replicas[0]
    sent = answered = 0
    left = drain(params)
    while left:
        if sent < len(pixels):
            sent += model.timestep(pixels[sent : sent + per_step])
        else:
            model.timestep()
            left -= 1
        for timestep, answer, _ in model.answers[answered:]:
            yield Result(answers=[answer], ends=[timestep])
            answered += 1
    yield Result(
        reads=[core.reads for core in model.cores],
        writes=[core.writes for core in model.cores],
        carried=list(model.carried),
        residuals=list(model.carried_residuals),
        nonzero=[core.nonzero for core in model.cores],
    )


def total(parts: Sequence[Result]) -> Result:
    """Return the parts of a run as one; the last has the counts."""
    return replace(
        parts[-1],
        answers=[answer for part in parts for answer in part.answers],
        ends=[end for part in parts for end in part.ends],
    )
