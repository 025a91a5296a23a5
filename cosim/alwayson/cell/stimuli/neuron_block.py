"""How the neuron block in ``cell`` is driven."""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.alwayson.neuron_block import NeuronBlockBench as TickBench
from goldspike.cosim.alwayson.stimuli.neuron_block import others
from goldspike.cosim.bench.cell_bench import CellBench, rows_from_levels_at
from goldspike.cosim.bench.parameters import is_change
from goldspike.cosim.bench.pins import at, taken_up
from goldspike.cosim.bench.stimulus import edges, every_tick, get_lines, set_lines
from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.alwayson.neuron_block import (
    NeuronBlockModel,
    NeuronBlockParams,
    Responder,
    Settings,
    clears,
    spikes,
)

__all__ = [
    "TICKS",
    "TICK_PS",
    "InTicks",
    "NeuronBlockStimulus",
    "in_picoseconds",
    "rows_from_ticks",
]

TICK_PS = 1000
TICKS = "hidden-1"
"""The name that the block in ticks goes by; its parameters are given."""


def in_picoseconds(settings: Settings) -> Settings:
    """Return settings of the block in ``tick`` for that in ``cell``."""
    return replace(settings, length=settings.length * TICK_PS)


class InTicks(TickBench):
    """The stimulus in ticks; what is scanned in is what the bench in picoseconds scans in."""

    clears_at_work = False  # a clear in picoseconds is a level that would outlast an edge

    def __init__(self, params: NeuronBlockParams, settings: Settings) -> None:
        super().__init__(TICKS, params)
        self.wanted = settings

    @property
    def settings(self) -> Settings:
        """What a run scans in."""
        return self.wanted


class NeuronBlockStimulus(CellBench):
    """A step is a spike, or a volley to all neurons: those of the bench in ticks.

    Spikes come on the grid of ticks, many at the very moment of an edge of the clock; in the
    configurations called off-grid, between.
    """

    scanned: ClassVar = {
        "hidden-3": Settings(divide=2, threshold=2),
        "hidden-2-off-grid": Settings(threshold=2),
        "input-2-by-3": Settings(length=2, divide=3),
        "output-2": Settings(length=2),
    }
    steps = 700

    @property
    def settings(self) -> Settings:
        """What a run scans in, the ring's length in ticks."""
        params = in_ticks(self.params)
        if is_change(self.config):
            return others(params)
        return self.scanned.get(self.config, params.settings)

    @property
    def in_ticks(self) -> InTicks:
        """The bench of the same block in ``tick``."""
        return InTicks(in_ticks(self.params), self.settings)

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Turn the stimulus in ticks into picoseconds; an Ack outlasts the last clear."""
        rows = self.in_ticks.stimulus(rng, steps)
        if "off-grid" in self.config:
            return self.outlasting(self.acknowledged(rows_from_ticks(self, rows, rng), rng))
        return self.outlasting(rows_from_ticks(self, rows))

    def outlasting(self, rows: np.ndarray) -> np.ndarray:
        """Return the rows with an Ack that falls with the last clear: its neuron sleeps by then."""
        ack = get_lines(rows, "ack", self.params.neurons)
        falls, neurons = np.nonzero(ack[:-1] & ~ack[1:])
        if falls.size:
            cleared = np.flatnonzero(rows["clear"])[-1]
            ack[falls[-1] : cleared + 1, neurons[-1]] = True
            set_lines(rows, "ack", ack)
        return rows

    def acknowledged(self, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the rows with acknowledgements that follow the requests as these rows bring them.

        They come around the middle of the clock's phases, and not when a spike does.
        """
        n, answer = self.params.neurons, TICK_PS // 2 + 3
        up, down = (answer + TICK_PS * rng.integers(0, k, 61) for k in (8, 10))
        model = NeuronBlockModel(self.params, in_picoseconds(self.settings))
        given = model.run(self.events(rows), responder=Responder(up, down)).acks
        moments = np.unique(np.concatenate([rows["tick"], given["tick"]]))
        found = rows[np.maximum(np.searchsorted(rows["tick"], moments, side="right") - 1, 0)]
        found["tick"] = moments
        change = np.zeros((moments.size, n), bool)
        change[np.searchsorted(moments, given["tick"]), given["neuron"]] = True
        set_lines(found, "ack", np.logical_xor.accumulate(change, axis=0))
        return found

    def events(self, rows: np.ndarray) -> np.ndarray:
        """Return the spikes and clears at the pins."""
        found = []
        for line, name in enumerate(("plus", "minus")):
            time, neuron = edges(rows, name, self.params.neurons)
            found.append(spikes(time, neuron, np.full(time.size, line)))
        return np.concatenate([*found, clears(rows["tick"][rows["clear"] == 1])])

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that nobody scans or clears while anything is awake, nor scans while an Ack is up."""
        seen = expected.view(self.params.record_dtype)
        tick, neurons = seen["tick"], seen["neurons"]
        works = (neurons["clock_enable"] | neurons["gated"] | neurons["power"]) > 0
        works = works.any(axis=1) | (seen["clock"] == 1)
        moments = np.union1d(rows["tick"], tick)

        def during(time: np.ndarray, level: Any) -> np.ndarray:
            return at(taken_up(time, level), moments) == 1

        scan, clear, ack = (
            during(rows["tick"], get_lines(rows, name, width).any(axis=1))
            for name, width in (("scan_clock", 1), ("clear", 1), ("ack", self.params.neurons))
        )
        awake = during(tick, works)
        return {
            "nothing is awake as the chain shifts": moments[scan & awake],
            "nothing is awake as potentials are cleared": moments[clear & awake],
            "no Ack is up as the chain shifts": moments[scan & ack],
        }


def in_ticks(params: NeuronBlockParams) -> NeuronBlockParams:
    """Return the block in ``tick`` that a block in ``cell`` is the same as."""
    settings = params.settings
    return NeuronBlockParams(
        neurons=params.neurons,
        neuron=NeuronParams(fsm=params.neuron.fsm),
        settings=Settings(
            length=settings.length // TICK_PS,
            divide=settings.divide,
            threshold=settings.threshold,
        ),
    )


def rows_from_ticks(
    bench: NeuronBlockStimulus, rows: np.ndarray, rng: np.random.Generator | None = None
) -> np.ndarray:
    """Return the rows of a stimulus in ticks for a block in ``cell``.

    A spike on tick t arrives at the end of the tick's picoseconds; acknowledgements and clears that
    tick t is the first to see come half a tick before. With `rng`, spikes are late by some of the
    picoseconds that are left. Where the rows begin to scan, the chain is shifted, twice per tick;
    elsewhere its input does what theirs does.
    """
    n = bench.params.neurons
    every = every_tick(rows)
    late = np.zeros(every.size, np.int64)
    if rng is not None:
        late = 10 * rng.integers(0, TICK_PS // 25, every.size)
    spike_time = TICK_PS * every["tick"] + late
    other_time = TICK_PS * every["tick"] - TICK_PS // 2
    bits = np.array(bench.params.scanned(in_picoseconds(bench.settings)), bool)
    begins = every["tick"][np.diff(every["scan"].astype(int), prepend=0) > 0]
    step = np.arange(2 * bits.size + 1)
    scan_time = (TICK_PS * begins[:, None] + TICK_PS // 8 * (2 * step + 1)).ravel()
    clock = np.tile(step % 2 == 1, begins.size)
    scanned = np.append(np.repeat(bits, 2), False)
    apart = ~np.isin(every["tick"], begins[:, None] + np.arange(1 + step.size // 4))
    time = np.concatenate([scan_time, TICK_PS * every["tick"][apart]])
    order = np.argsort(time, kind="stable")
    shown = np.concatenate([np.tile(scanned, begins.size), every["scan_in"][apart] == 1])
    lines = {
        "plus": (spike_time, get_lines(every, "plus", n)),
        "minus": (spike_time, get_lines(every, "minus", n)),
        "ack": (other_time, get_lines(every, "ack", n)),
        "clear": (other_time, get_lines(every, "clear", 1)),
        "scan_clock": (np.append(1, scan_time), np.append(False, clock)[:, None]),
        "scan_in": (time[order], shown[order, None]),
    }
    moments = np.unique(np.concatenate([times for times, _ in lines.values()]))
    found = rows_from_levels_at(bench, moments, {})
    for name, (times, level) in lines.items():
        place = np.searchsorted(times, moments, side="right") - 1
        now = np.where((place >= 0)[:, None], level[np.maximum(place, 0)], False)
        set_lines(found, name, now)
    names = [name for name in found.dtype.names or () if name != "tick"]
    changed = np.ones(found.size, bool)
    changed[1:-1] = False
    for name in names:
        changed[1:] |= (found[name][1:] != found[name][:-1]).reshape(found.size - 1, -1).any(axis=1)
    return found[changed]
