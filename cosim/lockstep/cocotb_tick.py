"""The cocotb side of lockstep: driver, monitors, and the test that every bench runs.

Runs inside the simulator. The clock rises in the middle of each tick's 10 ns; inputs are driven as
a tick begins. Monitors watch the pins: what they saw, not what the driver meant, goes to the golden
model. The trace is read only when `trace_toggle` changes. While a circuit says that it is not busy,
its clock rests until an input changes, as it does in :mod:`goldspike.cosim.simulator.tick_face`.

The simulator's process imports neither circuits nor golden models, which takes longer than many a
run: all that it needs comes with the job, and the runner judges what it saw.
"""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.handle import Immediate
from cocotb.triggers import FallingEdge, Timer

from goldspike.cosim.bench.pins import tidy
from goldspike.cosim.bench.times import RESET_TICKS, TICK_NS
from goldspike.cosim.lockstep.cocotb_private import Watch, now_steps
from goldspike.model.processes import die_with_parent

__all__ = ["Job", "lockstep"]

TICK_STEPS = TICK_NS * 1000
"""A tick in the simulator's steps of 1 ps."""
Clockwork = Callable[[Any], Any]
"""Turns steps of the simulator, one or an array of them, into a circuit's time."""


class Job:
    """What to run, handed over by the runner; results go back through a file.

    Attributes
    ----------
    rows, start : structured array
        The stimulus, and the row of it that comes under reset.
    pin_dtype : dtype
        Of records of output pins.
    has_busy, has_elapsed : bool
        Ports that the circuit has.
    last : int
        The tick at which the run ends.
    until : int, optional
        Only look, up to this tick.
    watch : Path
        The library that notes changes of pins.
    """

    rows: np.ndarray
    start: np.ndarray
    pin_dtype: np.dtype
    has_busy: bool
    has_elapsed: bool
    last: int
    until: int | None
    watch: Path

    def __init__(self) -> None:
        self.folder = Path(os.environ["GOLDSPIKE_JOB"])
        die_with_parent(int(os.environ["GOLDSPIKE_PARENT"]))
        self.__dict__.update(pickle.loads((self.folder / "job").read_bytes()))

    def finish(self, now: int, inputs: "InputMonitor", trace, pins: "PinMonitor") -> None:
        """Hand back what was seen."""
        seen = {
            "ticks": now,
            "rows": inputs.rows(),
            "trace": trace.seen(),
            "pins": pins.records(),
        }
        (self.folder / "result").write_bytes(pickle.dumps(seen))


def now_tick() -> int:
    """Return the tick that is under way, counted from the first after reset."""
    return tick_of(now_steps())


def tick_of(steps: Any) -> Any:
    """Return the tick at some steps of the simulator."""
    return steps // TICK_STEPS - RESET_TICKS


def edge_after(steps: Any) -> Any:
    """Return the tick whose edge comes next: the first that sees the pins as they are."""
    return tick_of(steps + TICK_STEPS // 2)


class RestingClock:
    """A clock that runs while the circuit is busy, and on every tick on which an input changes.

    Circuits without a `busy` get one that always runs.
    """

    def __init__(self, dut, job: Job) -> None:
        self.dut = dut
        self.rests = job.has_busy
        self.elapsed = dut.elapsed if job.has_elapsed else None
        self.clock = Clock(dut.clk, TICK_NS, unit="ns", impl="gpi")
        self.running = False
        self.last = now_tick() - 1  # the last tick with an edge, while it rests
        self.told = 0
        self.wake()
        if self.rests:
            cocotb.start_soon(self.watch())

    async def watch(self) -> None:
        """Stop the clock whenever the circuit comes to rest after an edge."""
        fall = FallingEdge(self.dut.busy)
        while True:
            await fall
            if now_steps() % TICK_STEPS >= TICK_STEPS // 2:
                self.rest()  # a fall before the edge is an input's; :meth:`settle` looks again

    def rest(self) -> None:
        """Stop the clock, unless under reset."""
        if self.running and not self.dut.rst.value:
            self.clock.stop()
            self.running, self.last = False, now_tick()

    def wake(self) -> None:
        """Let the clock run from this tick on."""
        self.tell(1 if self.running else now_tick() - self.last)
        if not self.running:
            self.clock.start(start_high=False)
            self.running = True

    def tell(self, distance: int) -> None:
        """Tell the circuit how many ticks lie between its last edge and the next."""
        if self.elapsed is not None and distance != self.told:
            self.elapsed.value = Immediate(distance)
            self.told = distance

    async def settle(self) -> None:
        """Behind the edge that sees new inputs: stop the clock if that left the circuit at rest."""
        await Timer(TICK_STEPS * 3 // 4)
        self.tell(1)
        if not self.dut.busy.value:
            self.rest()


class InputMonitor:
    """Notes every change of the circuit's inputs, as rows of stimulus.

    `now` turns the simulator's steps into the circuit's time.
    """

    def __init__(self, dut, job: Job, dtype: np.dtype, now: Clockwork = tick_of) -> None:
        self.dtype, self.now = dtype, now
        names = [name for name in dtype.names or () if name != "tick"]
        self.watches = {name: Watch(job.watch, getattr(dut, name)) for name in names}

    def rows(self) -> np.ndarray:
        """Return what was seen; every input is low to begin with."""
        noted = {name: watch.seen() for name, watch in self.watches.items()}
        times = {name: self.now(steps) for name, (steps, _) in noted.items()}
        ticks = np.unique(np.concatenate([np.zeros(0, np.int64), *times.values()]))
        rows = np.zeros(ticks.size, self.dtype)
        rows["tick"] = ticks
        for name, (_, raw) in noted.items():
            room = self.dtype[name].itemsize
            values = np.zeros((len(raw), room), np.uint8)
            values[:, : raw.shape[1]] = raw[:, :room]
            last = np.searchsorted(times[name], ticks, side="right") - 1  # holds until the next one
            known = np.ascontiguousarray(values[last[last >= 0]]).view(self.dtype[name].base)
            rows[name][last >= 0] = known.reshape(-1, *self.dtype[name].shape)
        return rows


class PinMonitor(InputMonitor):
    """Notes every change of the circuit's output pins; made before anything moves."""

    def __init__(self, dut, job: Job, now: Clockwork = edge_after) -> None:
        super().__init__(dut, job, job.pin_dtype, now)
        for watch in self.watches.values():
            watch.note()

    def records(self) -> np.ndarray:
        """Return what was seen, one record per tick from which on a pin has another value."""
        return tidy(self.rows())


class TraceMonitor:
    """Notes the trace word after every tick on which something happened."""

    def __init__(self, dut, job: Job) -> None:
        self.watch = Watch(job.watch, dut.trace_word, dut.trace_toggle)

    def seen(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the ticks, and the words as bytes."""
        steps, words = self.watch.seen()
        return tick_of(steps), words


async def reset(dut, row: np.ndarray) -> None:
    """Hold reset until tick 0 is over; return as it begins, when all inputs are low."""
    names = inputs_of(row)
    for name in names:
        getattr(dut, name).value = as_ints(row[name])[0]
    dut.rst.value = 1
    await Timer(RESET_TICKS * TICK_STEPS - TICK_STEPS // 4)
    for name in names:
        getattr(dut, name).value = 0
    await Timer(TICK_STEPS // 4)
    cocotb.start_soon(let_go(dut))


async def let_go(dut) -> None:
    """Let go of the reset once the next edge has seen it."""
    await Timer(TICK_STEPS * 3 // 4)
    dut.rst.value = 0


async def play(dut, rows: np.ndarray, clock: RestingClock) -> None:
    """Drive the rows, each as its tick begins; write only what changes."""
    names = inputs_of(rows)
    columns = {name: as_ints(rows[name]) for name in names}
    handles = {name: getattr(dut, name) for name in names}
    current = dict.fromkeys(names, 0)
    for k, tick in enumerate(rows["tick"].tolist()):
        await run_to(tick, clock)
        clock.wake()
        for name in names:
            value = columns[name][k]
            if value != current[name]:
                handles[name].value = Immediate(value)
                current[name] = value


def inputs_of(rows: np.ndarray) -> list[str]:
    """Return the names of the inputs in rows of stimulus."""
    return [name for name in rows.dtype.names or () if name != "tick"]


def as_ints(column: np.ndarray) -> list[int]:
    """Return an input's values as Python integers."""
    if column.ndim == 1:
        return column.tolist()
    return [int.from_bytes(row.tobytes(), "little") for row in column]


@cocotb.test()
async def lockstep(dut) -> None:
    """Run one bench and write its result; with a tick to stop at, only look (for the waves)."""
    job = Job()
    rows = job.rows
    clock = RestingClock(dut, job)
    await reset(dut, job.start)
    if job.until is not None:
        clock.rests = False  # waves show every edge
        await play(dut, rows[rows["tick"] <= job.until], clock)
        await run_to(job.until, clock)
        return
    inputs, trace = InputMonitor(dut, job, rows.dtype), TraceMonitor(dut, job)
    pins = PinMonitor(dut, job)
    await play(dut, rows, clock)
    await run_to(job.last, clock)
    job.finish(now_tick(), inputs, trace, pins)


async def run_to(tick: int, clock: RestingClock) -> None:
    """Let the simulation run until `tick` begins."""
    wait = tick - now_tick()
    if wait > 1 and clock.rests and clock.running:
        await clock.settle()
        await Timer(wait * TICK_STEPS - TICK_STEPS * 3 // 4)
    elif wait > 0:
        await Timer(wait * TICK_STEPS)
