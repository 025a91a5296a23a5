"""The golden model as an engine of µBrain, and what every engine returns of a sample.

``model`` is the golden model; ``rtl`` is the compiled circuit, whose trace is counted. Nothing that
one of them reports comes from the other. ``lockstep`` runs both and compares every traced word. The
engines with a circuit are in :mod:`goldspike.mubrain.circuit`, which is imported when one is asked
for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from goldspike.model.mubrain.chip import ChipModel, ChipParams, ChipRun, layer_names

__all__ = ["Events", "ModelEngine", "SampleEngine", "SampleResult"]


@dataclass(frozen=True)
class SampleResult:
    """What one sample did.

    Attributes
    ----------
    answers : dict of str to int
        The class that each read-out names, or -1.
    counts : dict of str to dict of str to int
        Spikes, grants, merges and drops by part of the chip.
    interval : int
        The shortest inter-spike interval in ticks (0 without one).
    ticks : int
        The tick after which nothing was awake any more.
    output : tuple of (int, int)
        The chip's output events: the tick on which the strobe rose, and the address.
    """

    samples: ClassVar[int] = 1
    answers: dict[str, int]
    counts: dict[str, dict[str, int]]
    interval: int
    ticks: int
    output: tuple[tuple[int, int], ...]


Events = tuple[Any, ...]
"""A sample's AER events, ticks and addresses; then, if any, the ticks of each layer's bias."""


class SampleEngine(Protocol):
    """Runs samples of events."""

    def run_all(self, events: Iterable[Events]) -> Iterator[SampleResult]:
        """Run samples one after the other."""
        ...

    def close(self) -> None:
        """Free what was built."""
        ...


class ModelEngine:
    """Runs samples on the golden model."""

    def __init__(self, params: ChipParams, weights: list[np.ndarray]) -> None:
        self.chip = ChipModel(params, weights)

    def run(self, *events: Any) -> SampleResult:
        """Run one sample's events."""
        return self.result(self.chip.run(*events))

    def result(self, run: ChipRun) -> SampleResult:
        """Return a golden run as a result."""
        counts = {"input": {"spikes": run.edges, "dropped": run.invalid}}
        if any(self.chip.params.bias):
            counts["input"]["bias"] = run.bias
        for name, layer in zip(layer_names(self.chip.params), run.layers, strict=True):
            counts[name] = {
                "grants": layer.arbiter.tick.size,
                "merged": layer.arbiter.merge_tick.size,
                "spikes": layer.tick.size,
            }
        counts["output"] = {"spikes": run.output.tick.size, "merged": run.output.merge_tick.size}
        answer = asdict(run.answer)
        answers = {name: answer[name] for name in ("shortest_isi", "count", "first_spike")}
        output = zip(run.output.tick.tolist(), run.output.line.tolist(), strict=True)
        return SampleResult(answers, counts, run.answer.interval, run.ticks, tuple(output))

    def run_all(self, events: Iterable[Events]) -> Iterator[SampleResult]:
        """Run samples one after the other."""
        for sample in events:
            yield self.run(*sample)

    def close(self) -> None:
        """Nothing to free."""
