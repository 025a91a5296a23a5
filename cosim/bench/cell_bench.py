"""What a bench of the ``cell`` realisation says beyond :mod:`goldspike.cosim.bench.bench`.

Times are picoseconds. The circuit's trace word is a state: what happens changes it. So that the
records compare with those of the same golden model, :meth:`CellBench.decode` turns bits that change
with every event into events.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.lib.recfunctions import repack_fields

from goldspike.cosim.bench.bench import START_PS, Bench
from goldspike.cosim.bench.pins import distinct
from goldspike.cosim.bench.stimulus import set_lines
from goldspike.cosim.bench.view import Scale
from goldspike.model.trace import TraceLayout

__all__ = [
    "PICOSECONDS",
    "CellBench",
    "apart",
    "changes",
    "rows_from_levels_at",
    "rows_from_pulses",
]

PICOSECONDS = (1, 2, 3, 10, 99, 1_000, 12_345, 100_000)
"""Delays for random configurations."""


class CellBench(Bench):
    """Base class of the benches of self-timed circuits."""

    restarts: ClassVar = False  # a reset lasts until nothing is left in any delay cell
    unit: ClassVar = "picosecond"
    idle: ClassVar = 2_000_000
    around: ClassVar = (1_000_000, 200_000)
    scale: ClassVar = Scale(START_PS, 1000, 1, "ns", clocked=False)
    clocked: ClassVar = False
    within_ticks: ClassVar[tuple[str, ...]] = ()
    """Fields of the golden model's records that say what goes on within a tick."""

    @property
    def layout(self) -> TraceLayout:
        """The layout of the circuit's trace word."""
        return self.params.cell_trace

    @abstractmethod
    def decode(self, records: np.ndarray) -> np.ndarray:
        """Return the circuit's records as records of the golden model."""

    def split(self, records: np.ndarray) -> dict[str, np.ndarray]:
        """Decode; the circuit has no parts."""
        return {"": self.decode(records)}

    @staticmethod
    def simulator_ps(tick: int) -> int:
        """Return the simulator's time at a picosecond of this bench."""
        return START_PS + tick

    @property
    def compared(self) -> TraceLayout:
        """The fields of the golden model's records that are held against the circuit."""
        fields = self.params.trace.fields
        return TraceLayout(tuple(field for field in fields if field.name not in self.within_ticks))

    def without_ticks(self, records: np.ndarray) -> np.ndarray:
        """Return the golden model's records with the fields compared only."""
        return repack_fields(records[list(self.compared.record_dtype.names or ())])

    def like_the_model(self, records: np.ndarray, **fields: np.ndarray) -> np.ndarray:
        """Return model records like `records`, but for the fields that are given."""
        decoded: Any = np.zeros(records.size, self.compared.record_dtype)
        for name in decoded.dtype.names or ():
            decoded[name] = fields[name] if name in fields else records[name]
        return decoded


def changes(column: np.ndarray) -> np.ndarray:
    """Return the bits that changed from each record to the next; all are low to begin with."""
    before = np.zeros_like(column)
    before[1:] = column[:-1]
    return column ^ before


def rows_from_levels_at(
    bench: Bench, time: np.ndarray, values: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Return rows from the value of every input from each time on.

    Integer inputs are ``(times,)``, lines are boolean ``(times, n)``.
    """
    rows = bench.blank(time.size)
    rows["tick"] = time
    for name, value in values.items():
        if value.ndim == 2:
            set_lines(rows, name, value)
        else:
            rows[name] = value
    return rows


def rows_from_pulses(
    bench: Bench, pulses: Mapping[str, Any], last: int | None = None
) -> np.ndarray:
    """Return rows from pulses: per input their lines, when they rise and when they fall.

    Pulses of one line must not touch (:func:`apart`). At `last` there is a row without a change.
    """
    widths = bench.ports.inputs
    moments = [moment for _, rise, fall in pulses.values() for moment in (rise, fall)]
    last_one = np.array([] if last is None else [last], np.int64)
    time = distinct(np.concatenate([last_one, *moments]))
    values = {name: np.zeros((time.size, width), bool) for name, width in widths.items()}
    for name, (line, rise, fall) in pulses.items():
        place = np.searchsorted(time, [rise, fall])
        assert distinct((place * widths[name] + line).ravel()).size == place.size, (
            "pulses of a line touch"
        )
        values[name][place, [line, line]] = True
        values[name] = np.logical_xor.accumulate(values[name], axis=0)
    return rows_from_levels_at(bench, time, values)


def apart(line: np.ndarray, rise: np.ndarray, fall: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the pulses, by time, without those that begin before another of their line is over."""
    kept, free = [], np.zeros(int(line.max(initial=0)) + 1, np.int64)
    for k in np.argsort(rise, kind="stable"):
        if rise[k] > free[line[k]]:
            free[line[k]] = fall[k]
            kept.append(k)
    return line[kept], rise[kept], fall[kept]
