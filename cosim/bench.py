"""What a bench says about its circuit: stimulus, expectation, coverage.

A bench is plain data in, plain data out, and knows no simulator: the same bench runs under cocotb
(:mod:`goldspike.cosim.lockstep`) and from arrays (:mod:`goldspike.cosim.batch`). Stimulus is a
structured array of rows, one per tick on which an input changes; inputs hold their values until the
next row. The expectation is computed by the golden model from the rows that a monitor saw at the
circuit's pins.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from amaranth.lib import wiring

from goldspike.cosim.harness import Ports
from goldspike.cosim.parameters import changed, is_change
from goldspike.cosim.waves.view import Scale, View, ports_view
from goldspike.model.trace import TraceLayout

__all__ = [
    "IDLE_TICKS",
    "RESET_TICKS",
    "TICK_NS",
    "Bench",
    "Choose",
    "edges",
    "every_tick",
    "get_lines",
    "rows_from_levels",
    "set_lines",
    "spans",
    "up",
]


TICK_NS = 10
RESET_TICKS = 2
"""Under cocotb a tick lasts 10 ns, and the first one follows this many under reset."""

IDLE_TICKS = 40
"""Ticks simulated beyond the last expected record: nothing may follow."""

SCENARIO_TICKS = 120

Choose = Callable[[Sequence[Any]], Any]
"""Picks one of some choices, of which the first is the simplest."""


class Bench(ABC):
    """Base class of all benches."""

    circuit: ClassVar[str]
    """Folder and stem, such as ``mubrain/arbiter``."""
    rtl: ClassVar[Any]
    """The circuit's class: ``rtl(params, trace=True)``."""
    configs: ClassVar[Mapping[str, Any]]
    """Configurations by name."""
    large: ClassVar[Mapping[str, Any]] = {}
    """Further configurations, which run only when they are asked for by name."""
    varied: ClassVar[Mapping[str, Sequence[Any]]] = {}
    """Parameters that random configurations draw, each with its choices, the simplest first."""
    published: ClassVar[str]
    """The configuration that stands for the circuit: the paper's, or the one in use."""
    steps: ClassVar[int] = 1000
    """How long a run is unless told otherwise; what a step is, the bench says."""
    shown: ClassVar[str | None] = None
    """The configuration whose waves are worth a look; default: the published one."""

    restarts: ClassVar[bool] = True
    """Whether a reset in the middle of a run puts everything back."""

    least_steps: ClassVar[int] = 100
    """The shortest run that still makes sense."""
    unit: ClassVar[str] = "tick"
    """What the times of this bench count."""
    idle: ClassVar[int] = IDLE_TICKS
    """Time simulated beyond the last expected record: nothing may follow."""
    around: ClassVar[tuple[int, int]] = (200, 20)
    """Time kept before and behind a mismatch."""
    scale: ClassVar[Scale] = Scale(
        RESET_TICKS * TICK_NS * 1000 + TICK_NS * 500, TICK_NS * 1000, TICK_NS * 1000,
        "tick (10 ns); registers change on the line, inputs between two",
    )  # fmt: skip
    """How waves are shown."""
    test_module: ClassVar[str] = "goldspike.cosim.lockstep"
    """Where cocotb finds the test that runs this bench."""

    def __init__(self, config: str, params: Any = None) -> None:
        self.config = config
        if params is None and is_change(config):
            params = changed(self.configs[self.published], config)
        self.params = {**self.configs, **self.large}[config] if params is None else params

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Return changes of the published configuration, for a random one.

        A bench whose parameters depend on each other draws them here one after the other.
        """
        return {name: choose(choices) for name, choices in cls.varied.items()}

    def make(self) -> wiring.Component:
        """Return the circuit under test, with its trace port."""
        return self.rtl(self.params, trace=True)

    @property
    def layout(self) -> TraceLayout:
        """The layout of the circuit's trace word."""
        return self.params.trace

    def blank(self, count: int) -> np.ndarray:
        """Return `count` rows of stimulus, all zero."""
        return np.zeros(count, Ports.of(self.rtl(self.params)).stimulus_dtype)

    @abstractmethod
    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Return the rows of a random run; ticks start at 1."""

    @abstractmethod
    def expect(self, rows: np.ndarray) -> Any:
        """Return the golden model's trace records for the rows seen at the pins.

        One array, or, where :meth:`split` splits, one per part by name.
        """

    def split(self, records: np.ndarray) -> dict[str, np.ndarray]:
        """Split the circuit's trace records as the golden model's are split."""
        return {"": records}

    def check(self, records: Any) -> None:  # noqa: B027  # nothing unless overridden
        """Make sure of what holds for the records of any run, drawn ones too.

        Raises
        ------
        LockstepError
            If it does not.
        """

    def busy(self, rows: np.ndarray, expected: Any) -> np.ndarray | None:
        """Return on which ticks `busy` is up, with the tick's inputs and the state behind it.

        In any order, from the rows seen at the pins and the golden model's records. None if the
        bench does not say.
        """
        return None

    @abstractmethod
    def coverage(self, rows: np.ndarray, records: Any) -> dict[str, int]:
        """Return how often each functional bin was hit; a run that leaves one at 0 fails."""

    def scenario(self, rng: np.random.Generator) -> np.ndarray:
        """Return a short stimulus to look at; its last row is the last tick shown."""
        rows = self.stimulus(rng, SCENARIO_TICKS)
        return rows[rows["tick"] <= SCENARIO_TICKS]

    @staticmethod
    def simulator_ps(tick: int) -> int:
        """Return the simulator's time, in picoseconds, at which a tick of this bench begins."""
        return (RESET_TICKS + tick) * TICK_NS * 1000

    def view(self) -> View:
        """Return which signals of the scenario to look at."""
        return ports_view(self.circuit, Ports.of(self.rtl(self.params)))


def set_lines(rows: np.ndarray, name: str, lines: np.ndarray) -> None:
    """Write boolean lines ``(rows, n)`` into the input `name`."""
    packed = np.packbits(lines, axis=1, bitorder="little")
    room = rows.dtype[name].itemsize
    padded = np.zeros((len(rows), room), np.uint8)
    padded[:, : packed.shape[1]] = packed
    target = rows[name]
    if target.ndim == 1:
        rows[name] = padded.view(target.dtype)[:, 0]
    else:
        rows[name] = padded


def get_lines(rows: np.ndarray, name: str, count: int) -> np.ndarray:
    """Return the input `name` as boolean lines ``(rows, count)``."""
    values = np.ascontiguousarray(rows[name])
    raw = values.view(np.uint8).reshape(len(rows), -1)
    return np.unpackbits(raw, axis=1, count=count, bitorder="little").astype(bool)


def every_tick(rows: np.ndarray) -> np.ndarray:
    """Return one row per tick, from tick 1 to the last of `rows`; before the rows all is low."""
    ticks = np.arange(1, int(rows["tick"][-1]) + 1 if rows.size else 1)
    known = np.concatenate([np.zeros(1, rows.dtype), rows])
    filled = known[np.searchsorted(rows["tick"], ticks, side="right")]
    filled["tick"] = ticks
    return filled


def edges(rows: np.ndarray, name: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rising edges ``(tick, line)`` of the input `name`; before the rows all is low."""
    lines = get_lines(rows, name, count)
    before = np.vstack([np.zeros((1, count), bool), lines[:-1]])
    row, line = np.nonzero(lines & ~before)
    return rows["tick"][row].astype(np.int64), line.astype(np.int64)


def up(rows: np.ndarray, *names: str) -> np.ndarray:
    """Return the ticks on which one of some inputs is up."""
    filled = every_tick(rows)
    return filled["tick"][np.any([filled[name] != 0 for name in names], axis=0)]


def spans(begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return all ticks from each beginning to its end, the end included."""
    pairs = zip(begins, ends, strict=True)
    return np.concatenate([np.zeros(0, np.int64), *(np.arange(a, b + 1) for a, b in pairs)])


def rows_from_levels(bench: Bench, levels: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return rows from the level of every input on each tick from 1 on.

    Integer inputs are ``(ticks,)``, lines are boolean ``(ticks, n)``. Rows on which nothing changes
    are left out, except the first and the last.
    """
    count = len(next(iter(levels.values())))
    rows = bench.blank(count)
    rows["tick"] = np.arange(1, count + 1)
    for name, level in levels.items():
        if level.ndim == 2:
            set_lines(rows, name, level)
        else:
            rows[name] = level
    values = [name for name in rows.dtype.names or () if name != "tick"]
    changed = np.ones(count, bool)
    changed[1:-1] = False
    for name in values:
        column = rows[name].reshape(count, -1)
        changed[1:] |= (column[1:] != column[:-1]).any(axis=1)
    return rows[changed]
