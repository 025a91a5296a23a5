"""The cocotb side of lockstep for self-timed circuits: no clock, times in picoseconds.

Verilator's own events of a picosecond come before what cocotb writes at it. The trace is read once
a picosecond, when everything has settled.
"""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import ReadOnly, Timer, ValueChange

from goldspike.cosim.bench.times import START_PS
from goldspike.cosim.lockstep.cocotb_private import now_steps
from goldspike.cosim.lockstep.cocotb_tick import InputMonitor, Job, PinMonitor, as_ints, inputs_of

__all__ = ["lockstep"]


def now_ps() -> int:
    """Return the picosecond, counted from the end of the reset."""
    return ps_of(now_steps())


def ps_of(steps: Any) -> Any:
    """Return the picosecond at some steps of the simulator, which are picoseconds."""
    return steps - START_PS


class TraceMonitor:
    """Reads the trace word at the end of every picosecond on which it changed."""

    def __init__(self, dut) -> None:
        self.ticks: list[int] = []
        self.words: list[int] = []
        self.size = len(dut.trace_word) // 8
        cocotb.start_soon(self.watch(dut.trace_word))

    async def watch(self, word) -> None:
        """Follow the trace word."""
        change, settled, seen = ValueChange(word), ReadOnly(), 0
        while True:
            await change
            await settled
            value = int(word.value)
            if value != seen:
                self.ticks.append(now_ps())
                self.words.append(value)
                seen = value

    def seen(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the picoseconds, and the words as bytes."""
        raw = b"".join(word.to_bytes(self.size, "little") for word in self.words)
        return np.array(self.ticks, np.int64), np.frombuffer(raw, np.uint8).reshape(-1, self.size)


async def play(dut, rows: np.ndarray) -> None:
    """Drive the rows, each at its picosecond; write only what changes."""
    names = [name for name in rows.dtype.names or () if name != "tick"]
    columns = {name: as_ints(rows[name]) for name in names}
    current = dict.fromkeys(names, 0)
    now = now_ps()
    for k, time in enumerate(rows["tick"].tolist()):
        if time > now:
            await Timer(time - now, "ps")
            now = time
        for name in names:
            value = columns[name][k]
            if value != current[name]:
                getattr(dut, name).value = current[name] = value


@cocotb.test()
async def lockstep(dut) -> None:
    """Run one bench and write its result; with a time to stop at, only look (for the waves)."""
    job = Job()
    rows, names = job.rows, inputs_of(job.rows)
    for name in names:
        getattr(dut, name).value = as_ints(job.start[name])[0]
    dut.rst.value = 1
    await Timer(START_PS // 2, "ps")
    for name in names:
        getattr(dut, name).value = 0
    await Timer(START_PS // 2 - 1, "ps")
    dut.rst.value = 0
    await Timer(1, "ps")
    if job.until is not None:
        await play(dut, rows[rows["tick"] <= job.until])
        await run_to(job.until)
        return
    inputs, trace = InputMonitor(dut, job, rows.dtype, ps_of), TraceMonitor(dut)
    pins = PinMonitor(dut, job, ps_of)
    await play(dut, rows)
    await run_to(job.last)
    job.finish(now_ps(), inputs, trace, pins)


async def run_to(time: int) -> None:
    """Let the simulation run until `time`."""
    if time > now_ps():
        await Timer(time - now_ps(), "ps")
