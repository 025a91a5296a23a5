"""Run a compiled circuit from arrays: no Python call per tick.

The same Verilog and options that cocotb drives, linked as a shared library. Stimulus and trace are
NumPy arrays; long runs go through in slices, so that memory stays flat and an interrupt is noticed.
"""

import ctypes
from collections.abc import Iterator, Mapping

import numpy as np
from amaranth.lib import wiring

from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.bench.stimulus import noise
from goldspike.cosim.simulator.build import Simulator
from goldspike.cosim.simulator.compile import compile_circuit
from goldspike.hdl.cells import delay_cells
from goldspike.model.trace import TraceLayout

__all__ = ["NOISE_ROWS", "BatchSimulator", "plusargs"]

NOISE_ROWS = 64
"""Before and during a reset."""

PUT_BACK = {"clear", "reset"}
"""Inputs that are down for the rest of the noise: they would leave nothing for the reset to do."""

SLICE_RECORDS = 1 << 14
SLICE_TICKS = 1 << 22


def plusargs(simulator: Simulator, delays: Mapping[str, int]) -> list[str]:
    """Return the simulator's arguments that set the delays of some cells."""
    if not delays:
        return [simulator.top]
    known = delay_cells((simulator.folder / "design.v").read_text(), simulator.top)
    for name in delays:
        if name not in known:
            raise ValueError(f"{simulator.top} has no delay cell {name!r}")
    return [simulator.top, *(f"+{simulator.top}.{name}={ps}" for name, ps in delays.items())]


class BatchSimulator:
    """A circuit in this process, fresh from reset; tick 1 is its first tick after reset.

    Parameters
    ----------
    component : wiring.Component
        A circuit, not elaborated yet; with ``trace=True`` if its records are wanted.
    layout : TraceLayout, optional
        The layout of its trace word.
    simulator : Simulator, optional
        What was compiled from another form of the circuit, such as a netlist.
    delays : mapping of str to int, optional
        Delays in picoseconds of a self-timed circuit's cells, by the instance's name below the top
        module, such as ``oscillator.load_tap_delay``; default: those of its parameters.
    fast : bool
        Compile the circuit for long runs, and for arrays alone.
    patience : int, optional
        Ticks that the clock may run in all, reset included, and of a self-timed circuit picoseconds
        on which anything may happen; beyond that, a reset or a run ends with a `TimeoutError`.

    Attributes
    ----------
    clocked : int
        Ticks that the clock ran in the last :meth:`run`.
    longest : int
        The most ticks that the clock ran in any circuit that :meth:`renew` has replaced.
    watched : bool
        Whether runs note what the output pins do, in `pins`; not unless it is set.
    pins : structured array
        Records of :attr:`Ports.pin_dtype`, one per tick of the last :meth:`run` from which on a pin
        has another value, its first tick included.

    Raises
    ------
    ValueError
        If there is no such delay cell.
    TimeoutError
        If the circuit does not come out of its reset within its patience.
    """

    def __init__(
        self,
        component: wiring.Component,
        layout: TraceLayout | None = None,
        *,
        delays: Mapping[str, int] | None = None,
        simulator: Simulator | None = None,
        fast: bool = False,
        patience: int | None = None,
    ) -> None:
        self.ports = Ports.of(component)
        self.layout = layout
        record = layout.record_dtype if layout else np.dtype([("tick", "<i8")])
        assert record.itemsize == 8 + self.ports.trace_bits // 8
        self.record_dtype = record
        simulator = simulator or compile_circuit(component, fast=fast, cocotb=not fast)
        self.library = ctypes.CDLL(str(simulator.library))
        for name in ("tick", "evaluated", "run", "pins"):
            getattr(self.library, f"goldspike_{name}").restype = ctypes.c_int64
        self.library.goldspike_new.restype = ctypes.c_void_p
        self.arguments = plusargs(simulator, delays or {})
        self.noise = np.random.default_rng(0)
        self.patience = patience
        self.handle = ctypes.c_void_p()
        self.longest = 0
        self.renew()
        self.clocked = 0
        self.watched = False
        self.pins = np.zeros(0, self.ports.pin_dtype)

    def __enter__(self) -> "BatchSimulator":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the simulator."""
        if self.handle:
            self.library.goldspike_delete(self.handle)
            self.handle = ctypes.c_void_p()

    def renew(self, before: np.ndarray | None = None) -> None:
        """Make the circuit once more, fresh from a reset: the only one that a self-timed one has.

        Parameters
        ----------
        before : structured array, optional
            Rows before and under the reset, evenly spaced; default: noise, as in :meth:`reset`.
        """
        if self.handle:
            self.longest = max(self.longest, self.evaluated)
        self.close()
        values = (ctypes.c_char_p * len(self.arguments))(*map(str.encode, self.arguments))
        self.handle = ctypes.c_void_p(self.library.goldspike_new(len(values), values))
        if self.patience is not None and not self.ports.clocked:
            self.library.goldspike_allow(self.handle, ctypes.c_int64(self.patience))
        try:
            self.reset(before)
        except TimeoutError:
            self.close()
            raise

    @property
    def tick(self) -> int:
        """The last tick simulated; -1 before the first."""
        return self.library.goldspike_tick(self.handle)

    @property
    def evaluated(self) -> int:
        """How many ticks the clock really ran, reset included."""
        return self.library.goldspike_evaluated(self.handle)

    def reset(self, before: np.ndarray | None = None, *, quiet: bool = False) -> None:
        """Reset the circuit, on tick 0: whatever comes in meanwhile, nothing comes of it.

        That is noise, or the rows `before`; with `quiet`, nothing comes in. A self-timed circuit is
        reset only as it is made.
        """
        rows = before
        if rows is None:
            rows = noise(self.ports, self.noise, NOISE_ROWS)
            for name in PUT_BACK & {*self.ports.inputs}:
                rows[name][NOISE_ROWS // 2 :] = 0
        if quiet:
            rows = np.zeros_like(rows)
        rows = np.ascontiguousarray(rows)
        assert rows.dtype == self.ports.stimulus_dtype
        address, count = ctypes.c_void_p(rows.ctypes.data), ctypes.c_int64(rows.size)
        self.library.goldspike_reset(self.handle, address, count)
        self.endure()

    def endure(self) -> int:
        """Return how many ticks the next slice may evaluate."""
        left = SLICE_TICKS if self.patience is None else self.patience - self.evaluated
        if left < 0:
            raise TimeoutError(f"the clock ran for {self.evaluated} ticks")
        return min(left + 1, SLICE_TICKS)

    def restart(self) -> None:
        """Let the next tick be tick 0 again; the state stays."""
        self.library.goldspike_restart(self.handle)

    def stimulus(self, rows: int) -> np.ndarray:
        """Return `rows` rows of stimulus, all zero."""
        return np.zeros(rows, self.ports.stimulus_dtype)

    def slices(self, stimulus: np.ndarray, last: int = -1) -> Iterator[np.ndarray]:
        """Run and yield the trace records slice by slice; see :meth:`run`."""
        stimulus = np.ascontiguousarray(stimulus)
        assert stimulus.dtype == self.ports.stimulus_dtype
        assert np.all(np.diff(stimulus["tick"]) > 0), "one row per tick, in order"
        if self.watched:
            self.library.goldspike_watch(self.handle)
        position, done = 0, ctypes.c_int32(0)
        used_rows = ctypes.c_int64(0)
        while not done.value:
            budget = self.endure()
            records = np.empty(SLICE_RECORDS, self.record_dtype)
            rows = stimulus[position:]
            used = self.library.goldspike_run(
                self.handle,
                ctypes.c_void_p(rows.ctypes.data),
                ctypes.c_int64(rows.size),
                ctypes.byref(used_rows),
                ctypes.c_void_p(records.ctypes.data),
                ctypes.c_int64(SLICE_RECORDS),
                ctypes.c_int64(last),
                ctypes.c_int64(budget),
                ctypes.byref(done),
            )
            position += used_rows.value
            yield records[:used]
        self.endure()
        if self.watched:
            self.pins = np.empty(self.library.goldspike_pins(self.handle, None), self.pins.dtype)
            self.library.goldspike_pins(self.handle, ctypes.c_void_p(self.pins.ctypes.data))

    def run(self, stimulus: np.ndarray, last: int = -1) -> np.ndarray:
        """Apply `stimulus` and return the trace records.

        Parameters
        ----------
        stimulus : structured array
            Rows of :attr:`Ports.stimulus_dtype`, one per tick at most, ticks rising. Inputs keep
            their values until the next row.
        last : int
            The last tick to simulate; without it, until the stimulus is used up and `busy` is down.
        """
        before = self.evaluated
        slices = list(self.slices(stimulus, last))
        records = slices[0] if len(slices) == 1 else np.concatenate(slices)
        self.clocked = self.evaluated - before
        return records

    def outputs(self) -> dict[str, np.ndarray]:
        """Return every output as it is after the last tick."""
        out = np.zeros((), self.ports.output_dtype)
        self.library.goldspike_outputs(self.handle, ctypes.c_void_p(out.ctypes.data))
        return {name: out[name] for name in self.ports.outputs}
