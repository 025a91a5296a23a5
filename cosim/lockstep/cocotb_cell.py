"""The cocotb side of lockstep for self-timed circuits: no clock, times in picoseconds.

Verilator's own events of a picosecond come before what cocotb writes at it. The trace is read once
a picosecond, when everything has settled.
"""

import cocotb
import numpy as np
from cocotb.triggers import ReadOnly, Timer, ValueChange
from cocotb.utils import get_sim_time

from goldspike.cosim.bench.bench import START_PS
from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.bench.scoreboard import judge, last_tick
from goldspike.cosim.bench.stimulus import changes, noise
from goldspike.cosim.lockstep.cocotb_tick import InputMonitor, Job, PinMonitor, as_ints

__all__ = ["lockstep"]


def now_ps() -> int:
    """Return the picosecond, counted from the end of the reset."""
    return round(get_sim_time("ps")) - START_PS


class TraceMonitor:
    """Reads the trace word at the end of every picosecond on which it changed."""

    def __init__(self, dut) -> None:
        self.times: list[int] = []
        self.words: list[int] = []
        cocotb.start_soon(self.watch(dut.trace_word))

    async def watch(self, word) -> None:
        """Follow the trace word."""
        change, settled, seen = ValueChange(word), ReadOnly(), 0
        while True:
            await change
            await settled
            value = int(word.value)
            if value != seen:
                self.times.append(now_ps())
                self.words.append(value)
                seen = value


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
    bench, rows = job.bench, job.rows
    ports = Ports.of(bench.rtl(bench.params))
    row = noise(ports, np.random.default_rng(0), 1)
    for name in ports.inputs if job.until is None else ():
        getattr(dut, name).value = as_ints(row[name])[0]
    dut.rst.value = 1
    await Timer(START_PS // 2, "ps")
    for name in ports.inputs:
        getattr(dut, name).value = 0
    await Timer(START_PS // 2 - 1, "ps")
    dut.rst.value = 0
    await Timer(1, "ps")
    if job.until is not None:
        await play(dut, rows[rows["tick"] <= job.until])
        await run_to(job.until)
        return
    inputs, trace = InputMonitor(dut, rows.dtype, now_ps), TraceMonitor(dut)
    pins = PinMonitor(dut, ports, now_ps)
    await play(dut, rows)
    expected = bench.expect(rows)
    await run_to(last_tick(rows, expected) + bench.idle)

    seen = inputs.rows()
    if seen.tobytes() == changes(rows).tobytes():
        seen = rows  # the same, with the model's answer at hand
    else:
        expected = bench.expect(seen)
    got = bench.layout.from_ints(trace.times, trace.words)
    job.finish(judge(bench, seen, expected, got, now_ps(), pins.records()))


async def run_to(time: int) -> None:
    """Let the simulation run until `time`."""
    if time > now_ps():
        await Timer(time - now_ps(), "ps")
