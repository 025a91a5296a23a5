"""One frame of a chip, tick by tick: its cores one after the other.

Used by :mod:`goldspike.model.alwayson.chip`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from goldspike.model.alwayson.core import CoreModel
from goldspike.model.alwayson.neuron_block import NeuronBlockModel, NeuronBlockParams, spikes
from goldspike.model.trace import TraceLayout

__all__ = ["ChipTrace", "trace_frame"]

SLICE_TICKS = 1 << 13


@dataclass(frozen=True)
class ChipTrace:
    """One frame, tick by tick.

    Attributes
    ----------
    records : structured array
        Of the chip's trace.
    counts : list of dict of str to int
        Per core, as in :attr:`goldspike.model.alwayson.core.CoreModel.counts`.
    potentials : int64 (outputs,)
    launches : list of (int64 (launches,), bool (launches, 2, columns))
        Per core but the last: ticks on which spikes rise at the next one, and Spk+1 and Spk-1.
    ticks : int
        Ticks until everything was at rest.
    busy : int64 (n,)
        The ticks on which a core, or the output core, is busy.
    """

    records: np.ndarray
    counts: list[dict[str, int]]
    potentials: np.ndarray
    launches: list[tuple[np.ndarray, np.ndarray]]
    ticks: int
    busy: np.ndarray


def trace_frame(
    cores: Sequence[CoreModel], output: NeuronBlockParams, layout: TraceLayout,
    edges: tuple[np.ndarray, np.ndarray, np.ndarray], frame: int,
) -> ChipTrace:  # fmt: skip
    """Run one frame.

    Parameters
    ----------
    cores : sequence of CoreModel
        At rest; all but the output core.
    output : NeuronBlockParams
    layout : TraceLayout
    edges : int arrays (events,)
        Tick, neuron and line of the spikes at the input core.
    frame : int
        The output core takes spikes until this tick.
    """
    at, row, line = edges
    now, works = 0, []
    records: list[list[np.ndarray]] = [[] for _ in cores]
    launches: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in cores]
    before = [np.zeros((1, 2, core.params.synapses.columns), bool) for core in cores]
    while True:
        lines = np.zeros((SLICE_TICKS, 2, cores[0].params.neurons.neurons), bool)
        here = (at > now) & (at <= now + SLICE_TICKS)
        lines[at[here] - now - 1, line[here], row[here]] = True
        quiet = True
        for k, core in enumerate(cores):
            run = core.run(lines, traced=True)
            assert run.records is not None
            records[k].append(run.records)
            lines = run.spikes
            changes = np.concatenate([before[k], lines])
            rising = np.flatnonzero((changes[1:] & ~changes[:-1]).any(axis=(1, 2)))
            launches[k].append((now + 1 + rising, lines[rising]))
            before[k] = lines[-1:]
            works.append(now + 1 + np.flatnonzero(run.busy))
            quiet &= not run.busy[-1]
        now += SLICE_TICKS
        if quiet and not np.any(at > now):
            break
    done = [
        (np.concatenate([t for t, _ in parts]), np.concatenate([w for _, w in parts]))
        for parts in launches
    ]
    tick, words = done[-1]
    reached = tick <= frame
    place, lines_up, column = np.nonzero(words[reached])
    model = NeuronBlockModel(output)
    run = model.run(spikes(tick[reached][place], column, lines_up), traced=True)
    counts = {name: int(count.sum()) for name, count in run.counts.items()}
    counts |= {"dropped": 0, "clock_ticks": run.clock_ticks}
    assert run.records is not None
    seen = run.records.view(output.record_dtype)
    parts = [np.concatenate(part) for part in records]
    busy = np.unique(np.concatenate([*works, output_busy(seen, model.clock.period), tick[reached]]))
    return ChipTrace(
        records=merged(parts, output_words(seen, layout), layout),
        counts=[*(core.counts for core in cores), counts],
        potentials=model.state.fsm.potential.copy(),
        launches=done,
        ticks=max(int(busy[-1]) if busy.size else 0, run.ticks),
        busy=busy,
    )


def output_words(seen: np.ndarray, layout: TraceLayout) -> np.ndarray:
    """Return the output core's part of the trace: tick, then as in the layout."""
    fields = [field for field in layout.fields if field.name.startswith("output_")]
    part = np.zeros(seen.size, TraceLayout(tuple(fields)).record_dtype)
    neurons = seen["neurons"]
    part["tick"], part["output_awake"] = seen["tick"], neurons["clock_enable"].any(axis=1)
    part["output_lost"] = neurons["lost"].astype(int).sum(axis=1) % 256
    part["output_potentials"] = neurons["potential"]
    return part


def output_busy(seen: np.ndarray, period: int) -> np.ndarray:
    """Return the ticks, but those of spikes, on which the output core is busy.

    That is while a neuron is awake, clocked or powered, and for whole periods of the clock.
    """
    if not seen.size:
        return seen["tick"]
    tick, neurons, clock = seen["tick"], seen["neurons"], seen["clock"].astype(int)
    flags: Any = neurons["clock_enable"] | neurons["gated"] | neurons["power"]
    works = np.any(flags > 0, axis=1)
    ticks = np.arange(tick[0] + 1, tick[-1] + 2)
    awake = works[np.searchsorted(tick, ticks) - 1]
    falls = tick[np.diff(clock, prepend=0) < 0]
    whole = falls[:, None] - np.arange(period)
    return np.concatenate([ticks[awake], whole.ravel()])


def merged(cores: list[np.ndarray], output: np.ndarray, layout: TraceLayout) -> np.ndarray:
    """Return the words of all cores side by side, after every tick on which one changed."""
    parts = [*cores, output]
    ticks = np.unique(np.concatenate([part["tick"] for part in parts]))
    whole = np.zeros(ticks.size, layout.record_dtype)
    raw, place = whole.view(np.uint8).reshape(ticks.size, layout.record_dtype.itemsize), 8
    for part in parts:
        size = part.dtype.itemsize - 8
        words = np.zeros((part.size + 1, size), np.uint8)
        words[1:] = np.ascontiguousarray(part).view(np.uint8).reshape(part.size, size + 8)[:, 8:]
        raw[:, place : place + size] = words[np.searchsorted(part["tick"], ticks, side="right")]
        place += size
    whole["tick"] = ticks
    changed = np.ones(ticks.size, bool)
    changed[1:] = (raw[1:, 8:] != raw[:-1, 8:]).any(axis=1)
    return whole[changed]
