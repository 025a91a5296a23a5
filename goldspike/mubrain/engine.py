"""The golden model as an engine of µBrain, and what every engine returns of a sample.

``model`` is the golden model; ``rtl`` is the compiled circuit, whose trace is counted. Nothing that
one of them reports comes from the other. ``lockstep`` runs both and compares every traced word. The
engines with a circuit are in :mod:`goldspike.mubrain.circuit`, which is imported when one is asked
for.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from goldspike.model.mubrain.chip import ChipBatch, ChipModel, ChipParams, ChipRun, layer_names
from goldspike.model.mubrain.readout import READ_OUTS
from goldspike.model.mubrain.recurrent_layer import RecurrentLayerModel
from goldspike.model.mubrain.shared.spikes import Room, Spikes, one_sample

__all__ = ["BatchResult", "Events", "ModelEngine", "SampleEngine", "SampleResult"]


@dataclass(frozen=True)
class SampleResult:
    """What one sample did.

    Attributes
    ----------
    answers : dict of str to int
        The class that each read-out names, or -1.
    counts : dict of str to dict of str to int
        Spikes, grants, merges and drops by part of the chip; of a recurrent layer also its
        synaptic operations, as its grants add different numbers of weights.
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


@dataclass(frozen=True)
class BatchResult:
    """What several samples did: int64 (samples,) each, or as said.

    Attributes
    ----------
    answers, counts, interval, ticks
        As those of a :class:`SampleResult`.
    outputs
        How many output events each sample has.
    output_tick, output_class : int64 (events,)
        Those of all samples, one after the other.
    """

    answers: dict[str, np.ndarray]
    counts: dict[str, dict[str, np.ndarray]]
    interval: np.ndarray
    ticks: np.ndarray
    outputs: np.ndarray
    output_tick: np.ndarray
    output_class: np.ndarray

    @property
    def samples(self) -> int:
        """How many samples it is of."""
        return self.ticks.size

    @classmethod
    def of(cls, results: Sequence["SampleResult | BatchResult"]) -> "BatchResult":
        """Return results, in order, as one."""
        parts = [r if isinstance(r, BatchResult) else cls.of_sample(r) for r in results]
        join = np.concatenate
        return cls(
            {name: join([part.answers[name] for part in parts]) for name in READ_OUTS},
            {
                name: {key: join([part.counts[name][key] for part in parts]) for key in members}
                for name, members in parts[0].counts.items()
            },
            *(
                join([getattr(part, name) for part in parts])
                for name in ("interval", "ticks", "outputs", "output_tick", "output_class")
            ),
        )

    @classmethod
    def of_sample(cls, result: SampleResult) -> "BatchResult":
        """Return one sample's result as that of a batch."""
        events = np.array(result.output, np.int64).reshape(-1, 2)
        return cls(
            {name: np.array([said]) for name, said in result.answers.items()},
            {
                part: {key: np.array([count]) for key, count in members.items()}
                for part, members in result.counts.items()
            },
            np.array([result.interval]),
            np.array([result.ticks]),
            np.array([len(result.output)]),
            *events.T,
        )


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
        for name, model, layer in zip(
            layer_names(self.chip.params), self.chip.layers, run.layers, strict=True
        ):
            counts[name] = {
                "grants": layer.arbiter.tick.size,
                "merged": layer.arbiter.merge_tick.size,
                "spikes": layer.tick.size,
            }
            if isinstance(model, RecurrentLayerModel):
                grants = one_sample(layer.arbiter.tick, layer.arbiter.line)
                counts[name]["operations"] = int(model.operations(grants)[0])
        counts["output"] = {"spikes": run.output.tick.size, "merged": run.output.merge_tick.size}
        answer = asdict(run.answer)
        answers = {name: answer[name] for name in ("shortest_isi", "count", "first_spike")}
        output = zip(run.output.tick.tolist(), run.output.line.tolist(), strict=True)
        return SampleResult(answers, counts, run.answer.interval, run.ticks, tuple(output))

    def run_batch(
        self, events: Spikes, room: Room, bias: tuple[np.ndarray, ...] = ()
    ) -> BatchResult:
        """Run a batch of samples' events, with the same strobes on each layer's bias for all."""
        return self.batch_result(self.chip.run_batch(events, room, bias))

    def batch_result(self, batch: ChipBatch) -> BatchResult:
        """Return a golden batch as a result."""
        counts = {"input": {"spikes": batch.edges, "dropped": batch.invalid}}
        if any(self.chip.params.bias):
            counts["input"]["bias"] = np.full_like(batch.edges, batch.bias)
        for k, name in enumerate(layer_names(self.chip.params)):
            counts[name] = {
                "grants": batch.grants[:, k],
                "merged": batch.merged[:, k],
                "spikes": batch.spikes[:, k],
            }
            if isinstance(self.chip.layers[k], RecurrentLayerModel):
                counts[name]["operations"] = batch.operations[:, k]
        sent = batch.sent
        counts["output"] = {"spikes": sent.per_sample, "merged": batch.send_merged}
        return BatchResult(
            batch.answers.by_read_out(), counts, batch.answers.interval, batch.ticks,
            sent.per_sample, sent.tick, sent.line.astype(np.int64),
        )  # fmt: skip

    def run_all(self, events: Iterable[Events]) -> Iterator[SampleResult]:
        """Run samples one after the other."""
        for sample in events:
            yield self.run(*sample)

    def close(self) -> None:
        """Nothing to free."""
