"""What loads parts of a network while it runs, and several at once; which parts may be loaded."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from goldspike.cosim.imc.shared.stimulus import signed
from goldspike.model.imc.core import CoreParams
from goldspike.model.imc.fully_connected import FullyConnectedParams

__all__ = ["Followed", "Reload", "Steps", "load"]

SHARE = 0.7
"""How many of the lines that may be up are."""


class Reload:
    """Weights and scales of all parts, a line each; a part that is full begins again.

    Parameters
    ----------
    cores : sequence of CoreParams
    last : FullyConnectedParams or None
    values : sequence of int
        Scales to load; their low bits, which are a weight as well, are drawn.
    """

    def __init__(
        self, cores: Sequence[CoreParams], last: FullyConnectedParams | None, values: Sequence[int]
    ) -> None:
        counts = [(core.crossbar.loads, core.layer.outputs * core.last) for core in cores]
        counts += [(last.crossbar.loads, last.classes)] if last else []
        self.counts = np.array(counts).T
        self.due = self.counts.copy()  # until the first number is next
        self.values = values
        self.weights = 1 << cores[0].weight_bits

    def some(self, rng: np.random.Generator, lines: np.ndarray) -> dict[str, int]:
        """Return what a tick loads through some `lines` of weights and scales, (2, parts)."""
        up = lines & (rng.random(lines.shape) < SHARE)
        self.due -= up
        places = 1 << np.arange(up.shape[1], dtype=object)
        value = self.values[int(rng.integers(len(self.values)))] ^ int(rng.integers(self.weights))
        weights, scales = (int(places[line].sum()) for line in up)
        return {"program_weight": weights, "program_scale": scales, "value": value}

    def begin_again(self) -> None:
        """Have every part loaded once around at least; then its first number is next again."""
        self.due = np.where(self.counts, self.due % np.maximum(1, self.counts) + self.counts, 0)


class Steps:
    """When timesteps begin, and which parts may be loaded then.

    One that begins before the last one would be over may find a core at work with that, as `late`
    says.

    Parameters
    ----------
    timestep : int
        Ticks.
    """

    def __init__(self, timestep: int) -> None:
        self.timestep = self.since = timestep
        self.early = False

    def tick(self, model: Any, *, run: bool) -> None:
        """Note a tick that the model is about to see."""
        self.since += 1
        if run and model.cycle == 0:
            self.early = self.since < self.timestep
            self.since = 0

    def loadable(self, model: Any) -> list[bool]:
        """Return which parts may be loaded on that tick.

        A core until it may compute, or once it is done; the last layer while it works no answer
        out.
        """
        rests = self.since >= self.timestep
        cores = [
            rests or (self.since <= core.params.controller.window and not self.early)
            for core in model.cores
        ]
        return [*cores, model.now + 1 >= model.free] if model.params.classes else cores

    def forbid(
        self, model: Any, program_weight: int = 0, program_scale: int = 0, value: int = 0
    ) -> bool:
        """Return whether that tick loads a part that may be at work with its numbers."""
        lines = program_weight | program_scale
        return lines > 0 and any(
            lines >> k & 1 and not ready for k, ready in enumerate(self.loadable(model))
        )


class Followed:
    """A golden model that is loaded and run from reset on, and what it showed.

    Parameters
    ----------
    model : ArrayModel
        With nothing loaded yet.
    timestep : int
        Ticks.

    Attributes
    ----------
    shown : list of tuple
        Per tick `in_ready`, `late`, `busy`, and whether it loads a part that may be at work.
    """

    def __init__(self, model: Any, timestep: int) -> None:
        self.model, self.begins = model, Steps(timestep)
        self.shown: list[tuple[bool, ...]] = []

    @property
    def seen(self) -> tuple[Any, np.ndarray]:
        """The model, and what it showed."""
        return self.model, np.array(self.shown)

    def begin(self, *, run: bool) -> None:
        """Note what begins with the next tick; :meth:`tick` follows."""
        self.begins.tick(self.model, run=run)

    def tick(self, word: np.ndarray | None, *, run: bool, stall: bool, **loads: int) -> bool:
        """Load, and advance one tick; return whether the word offered was taken."""
        wrong = bool(loads) and self.begins.forbid(self.model, **loads)
        load(self.model, **loads)
        taken = self.model.tick(word, run=run, stall=stall)
        self.shown.append((self.model.in_ready, self.model.late, self.model.busy, wrong))
        return taken


def load(model: Any, program_weight: int = 0, program_scale: int = 0, value: int = 0) -> None:
    """Load what a tick loads."""
    if not program_weight | program_scale:
        return
    bits = model.params.weight_bits
    weight, low, bias, high = (
        int(signed(np.array(value >> first & (1 << size) - 1), size))
        for first, size in ((0, bits), (0, 16), (0, 32), (16, 32))
    )
    for k, core in enumerate(model.cores):
        if program_weight >> k & 1:
            core.crossbar.program(weight)
        if program_scale >> k & 1 and core.params.last:
            core.processor.program(low, high)
    if program_weight >> len(model.cores):
        model.last.crossbar.program(weight)
    if program_scale >> len(model.cores):
        model.last.program(bias)
