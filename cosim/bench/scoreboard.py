"""Hold what a circuit did against what its golden model says, record by record."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from goldspike.cosim.bench.bench import IDLE_TICKS, Bench
from goldspike.cosim.bench.parameters import is_change
from goldspike.cosim.bench.pins import distinct, gather
from goldspike.model.errors import LockstepError

__all__ = [
    "IDLE_TICKS",
    "LockstepError",
    "Mismatch",
    "as_parts",
    "compare",
    "compare_pins",
    "expected_pins",
    "first_mismatch",
    "judge",
    "last_tick",
]


@dataclass(frozen=True)
class Mismatch:
    """The first disagreement of a run.

    Attributes
    ----------
    tick : int
        Tick of the disagreement.
    field : str
        The traced quantity (an element of it, a byte of a bitmap), or ``record`` if one side has no
        record on this tick at all.
    expected, got : str
        What golden model and circuit say.
    unit : str
        What `tick` counts.
    """

    tick: int
    field: str
    expected: str
    got: str
    unit: str = "tick"

    def __str__(self) -> str:
        where = f"{self.unit} {self.tick}, field {self.field}"
        return f"{where}: expected {self.expected}, got {self.got}"


def first_mismatch(expected: np.ndarray, got: np.ndarray) -> Mismatch | None:
    """Return the first difference of two arrays of trace records, or None if they are equal."""
    if expected.dtype == got.dtype and expected.tobytes() == got.tobytes():
        return None
    common = min(expected.size, got.size)
    different = np.flatnonzero(expected[:common] != got[:common])
    k = int(different[0]) if different.size else common
    if k == expected.size:
        return Mismatch(int(got[k]["tick"]), "record", "none", "one")
    if k == got.size:
        return Mismatch(int(expected[k]["tick"]), "record", "one", "none")
    want, have = expected[k], got[k]
    if want["tick"] != have["tick"]:
        tick = int(min(want["tick"], have["tick"]))
        early = bool(have["tick"] < want["tick"])
        return Mismatch(tick, "record", *(("none", "one") if early else ("one", "none")))
    name = next(name for name in expected.dtype.names or () if np.any(want[name] != have[name]))
    wanted, had = np.atleast_1d(want[name]), np.atleast_1d(have[name])
    element = int(np.flatnonzero(wanted != had)[0])
    field = f"{name}[{element}]" if want[name].ndim else name
    return Mismatch(int(want["tick"]), field, str(wanted[element]), str(had[element]))


def as_parts(records: np.ndarray | dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return records by part; a circuit without parts has one that is called nothing."""
    return records if isinstance(records, dict) else {"": records}


def compare(expected: dict[str, np.ndarray], got: dict[str, np.ndarray]) -> Mismatch | None:
    """Return the earliest difference of records that are split into the same parts."""
    assert expected.keys() == got.keys()
    found = []
    for part, records in expected.items():
        mismatch = first_mismatch(records, got[part])
        if mismatch:
            name = f"{part}.{mismatch.field}" if part else mismatch.field
            found.append(replace(mismatch, field=name))
    return min(found, key=lambda mismatch: mismatch.tick, default=None)


def last_tick(rows: np.ndarray, expected: np.ndarray | dict[str, np.ndarray]) -> int:
    """Return the tick of the last stimulus or of the last expected record."""
    return max(
        int(records["tick"][-1]) for records in (rows, *as_parts(expected).values()) if records.size
    )


def expected_pins(bench: Bench, rows: np.ndarray, expected: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the records of pins that a bench expects, and those of the bits that are free."""
    courses = bench.pins(rows, expected)
    dtype = bench.ports.pin_dtype
    free = bench.free(rows, expected, courses)
    nothing = (np.zeros(1, np.int64), np.zeros(1, np.int64))
    masks = {name: free.get(name, nothing) for name in courses}
    return gather(dtype, courses), gather(dtype, masks)


def compare_pins(
    wanted: tuple[np.ndarray, np.ndarray], got: np.ndarray, end: int
) -> Mismatch | None:
    """Return the first pin that is other than expected, up to and including the tick `end`."""
    expected, free, got = (
        part[: np.searchsorted(part["tick"], end, side="right")] for part in (*wanted, got)
    )
    if free.size == 1 and expected.tobytes() == got.tobytes():
        return None
    ticks = distinct(np.concatenate([expected["tick"], free["tick"], got["tick"]]))
    want, mask, have = (
        part[np.searchsorted(part["tick"], ticks, side="right") - 1]
        for part in (expected, free, got)
    )
    first = None
    names = (name for name in expected.dtype.names or () if name != "tick")
    for name in names:  # ports that are there only to be traced are no pins
        differs: np.ndarray = (want[name] ^ have[name]) & ~mask[name]
        wrong: np.ndarray = np.any(differs.reshape(ticks.size, -1), axis=1)
        k = int(np.argmax(wrong))
        if wrong[k] and (first is None or ticks[k] < first.tick):
            values = (number(side[name][k]) for side in (want, have))
            first = Mismatch(int(ticks[k]), f"pin {name}", *values)
    return first


def keep_contract(bench: Bench, rows: np.ndarray, expected: Any) -> None:
    """Make sure that the inputs of a run are what the circuit's contract allows.

    Raises
    ------
    LockstepError
        With the first tick on which they are not.
    """
    for asked, ticks in bench.forbidden(rows, expected).items():
        if len(ticks):
            raise LockstepError(f"{bench.unit} {min(ticks)}: the stimulus breaks this: {asked}")


def number(value: np.ndarray) -> str:
    """Return what a pin shows, in hexadecimal digits if it is wide."""
    return f"0x{value.tobytes()[::-1].hex()}" if value.ndim else str(value)


def judge(
    bench: Bench,
    rows: np.ndarray,
    expected: Any,
    got: np.ndarray,
    ticks: int,
    pins: np.ndarray,
    wanted: Callable[[], tuple[np.ndarray, np.ndarray]] | None = None,
) -> dict[str, Any]:
    """Return what a run found: records compared, ticks, coverage, and the first mismatch.

    Functional bins are for configurations with names of their own. What the output `pins` did is
    held against what the bench expects, which `wanted` returns if it is known already.
    """
    mismatch = compare(as_parts(expected), bench.split(got))
    if not mismatch:
        known = wanted() if wanted else expected_pins(bench, rows, expected)
        mismatch = compare_pins(known, pins, ticks)
    if not mismatch:
        bench.check(expected)
        keep_contract(bench, rows, expected)
    return {
        "compared": sum(records.size for records in as_parts(expected).values()),
        "ticks": ticks,
        "coverage": {} if is_change(bench.config) else bench.hits(rows, expected),
        "mismatch": mismatch and replace(mismatch, unit=bench.unit),
    }
