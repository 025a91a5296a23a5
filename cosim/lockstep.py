"""The cocotb side of lockstep: driver, monitors, and the test that every bench runs.

Runs inside the simulator. The clock rises in the middle of each tick's 10 ns; inputs are driven as
a tick begins. Monitors watch the pins: what they saw, not what the driver meant, goes to the
golden model. The trace is read only when `trace_toggle` changes.
"""

import json
import os
from pathlib import Path

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import Timer, ValueChange
from cocotb.utils import get_sim_time

from cosim.bench import Bench
from cosim.circuits import load_bench
from cosim.harness import Ports
from cosim.scoreboard import as_parts, compare

__all__ = ["Job", "lockstep"]

TICK_NS = 10
RESET_TICKS = 2
IDLE_TICKS = 40
"""Ticks simulated beyond the last expected record: nothing may follow."""


class Job:
    """What to run, handed over in the environment; results go to a file."""

    def __init__(self) -> None:
        job = json.loads(os.environ["GOLDSPIKE_JOB"])
        self.bench: Bench = load_bench(job["circuit"])(job["config"])
        self.seed: int = job["seed"]
        self.steps: int = job["steps"]
        self.result = Path(job["result"])


def now_tick() -> int:
    """Return the tick that is under way, counted from the first after reset."""
    return int(get_sim_time("ns")) // TICK_NS - RESET_TICKS


class InputMonitor:
    """Notes every change of the circuit's inputs, as rows of stimulus."""

    def __init__(self, dut, dtype: np.dtype) -> None:
        self.changes: list[tuple[int, str, int]] = []
        self.dtype = dtype
        for name in dtype.names or ():
            if name != "tick":
                cocotb.start_soon(self.watch(getattr(dut, name), name))

    async def watch(self, port, name: str) -> None:
        """Follow one port."""
        change = ValueChange(port)
        while True:
            await change
            self.changes.append((now_tick(), name, int(port.value)))

    def rows(self) -> np.ndarray:
        """Return what was seen; every input is low to begin with."""
        ticks = sorted({tick for tick, _, _ in self.changes})
        rows = np.zeros(len(ticks), self.dtype)
        rows["tick"] = ticks
        index = {tick: k for k, tick in enumerate(ticks)}
        for tick, name, value in self.changes:
            base = rows.dtype[name]
            if base.subdtype:
                raw = value.to_bytes(base.itemsize, "little")
                rows[name][index[tick] :] = np.frombuffer(raw, np.uint8)
            else:
                rows[name][index[tick] :] = value
        return rows


class TraceMonitor:
    """Reads the trace word after every tick on which something happened."""

    def __init__(self, dut) -> None:
        self.ticks: list[int] = []
        self.words: list[int] = []
        cocotb.start_soon(self.watch(dut))

    async def watch(self, dut) -> None:
        """Follow the trace port."""
        change, word = ValueChange(dut.trace_toggle), dut.trace_word
        while True:
            await change
            self.ticks.append(now_tick())
            self.words.append(int(word.value))


async def reset(dut, names: list[str]) -> None:
    """Hold reset for a few ticks with all inputs low, then let go as tick 0 begins."""
    for name in names:
        getattr(dut, name).value = 0
    dut.rst.value = 1
    await Timer(RESET_TICKS * TICK_NS, "ns")
    dut.rst.value = 0


async def play(dut, rows: np.ndarray) -> None:
    """Drive the rows, each as its tick begins; write only what changes."""
    names = [name for name in rows.dtype.names or () if name != "tick"]
    columns = {name: as_ints(rows[name]) for name in names}
    current = dict.fromkeys(names, 0)
    for k, tick in enumerate(rows["tick"].tolist()):
        wait = tick - now_tick()
        if wait > 0:
            await Timer(wait * TICK_NS, "ns")
        for name in names:
            value = columns[name][k]
            if value != current[name]:
                getattr(dut, name).value = current[name] = value


def as_ints(column: np.ndarray) -> list[int]:
    """Return an input's values as Python integers."""
    if column.ndim == 1:
        return column.tolist()
    return [int.from_bytes(row.tobytes(), "little") for row in column]


@cocotb.test()
async def lockstep(dut) -> None:
    """Run one bench and write its result."""
    job = Job()
    bench = job.bench
    ports = Ports.of(bench.rtl(bench.params))
    rows = bench.stimulus(np.random.default_rng(job.seed), job.steps)
    if ports.has_elapsed:
        dut.elapsed.value = 1
    clock = Clock(dut.clk, TICK_NS, unit="ns", impl="gpi")
    clock.start(start_high=False)
    await reset(dut, list(ports.inputs))
    inputs, trace = InputMonitor(dut, rows.dtype), TraceMonitor(dut)
    await play(dut, rows)
    planned = as_parts(bench.expect(rows))
    last = max(int(records["tick"][-1]) for records in (rows, *planned.values()) if records.size)
    await Timer((last + IDLE_TICKS - now_tick()) * TICK_NS, "ns")

    seen = inputs.rows()
    expected = bench.expect(seen)
    got = bench.layout.from_ints(trace.ticks, trace.words)
    mismatch = compare(as_parts(expected), bench.split(got))
    result = {
        "compared": sum(records.size for records in as_parts(expected).values()),
        "ticks": now_tick(),
        "coverage": bench.coverage(seen, expected),
        "mismatch": vars(mismatch) if mismatch else None,
    }
    job.result.write_text(json.dumps(result, default=int))
