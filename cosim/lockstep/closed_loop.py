"""Run a circuit in its environment, and hold what came about against the golden model.

A Python call per tick, which is dear: for thousands of ticks, not for millions. The simulator is
the one that arrays drive.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.circuits import load_bench
from goldspike.cosim.bench.environment import Drive, Environment, Seen, load_environment
from goldspike.cosim.bench.pins import tidy
from goldspike.cosim.bench.scoreboard import (
    Mismatch,
    as_parts,
    compare,
    compare_pins,
    expected_pins,
    keep_contract,
)
from goldspike.cosim.lockstep.runner import default_seed
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.model.errors import LockstepError

__all__ = ["ClosedRun", "close_loop"]

REFUSALS = (ArithmeticError, AssertionError, LookupError, ValueError)
"""What golden models raise on inputs that their contract does not allow."""


@dataclass(frozen=True)
class ClosedRun:
    """What came about in a closed loop.

    Attributes
    ----------
    rows : structured array
        The inputs, one row per tick.
    records, pins : structured array
        What the circuit traced and showed.
    moves : int
        How often the environment's accounts moved.
    complaint : str
        What was lost, came twice or hangs, with its tick; nothing if all was well.
    broken_off : bool
        Whether anything is still under way.
    """

    rows: np.ndarray
    records: np.ndarray
    pins: np.ndarray
    moves: int
    complaint: str
    broken_off: bool


def close_loop(
    circuit: str, config: str, *, seed: int | None = None, rtl: Any = None, resets: int = 0
) -> ClosedRun:
    """Run a circuit, or `rtl` in its stead, in its environment.

    Before the run that is returned come `resets` runs of environments of their own. Each is broken
    off at a random moment by a reset, which forgets whatever is under way: nothing of it may show
    in the next one.

    Raises
    ------
    LockstepError
        If the environment complains, and if the circuit is not what the golden model is with the
        same inputs; with both, if there are both.
    """
    job, kind = load_bench(circuit)(config), load_environment(circuit)
    seed = default_seed() if seed is None else seed
    with BatchSimulator((rtl or job.rtl)(job.params, trace=True), job.layout) as simulator:
        simulator.watched = True
        for k in range(resets):
            where = f"{circuit} ({config}), closed loop, seed {seed}, after {k} resets"
            rng = np.random.default_rng([seed, resets - k])
            last = int(rng.integers(1, kind.resets_by))
            attempt(job, kind(job.params, rng), simulator, last, where)
            simulator.reset()
        where = f"{circuit} ({config}), closed loop, seed {seed}"
        where += f", after {resets} resets" if resets else ""
        environment = kind(job.params, np.random.default_rng(seed))
        return attempt(job, environment, simulator, None, where)


def attempt(
    job: Bench, environment: Environment, simulator: BatchSimulator, last: int | None, where: str
) -> ClosedRun:
    """Run a circuit in its environment, and hold it against the golden model."""
    run = live(environment, simulator, last)
    mismatch = judged(job, run, environment.aftermath() if run.broken_off else [])
    found = [*filter(None, (run.complaint, mismatch and str(mismatch)))]
    if found:
        raise LockstepError(f"{where}: {'; golden model: '.join(found)}")
    return run


def live(environment: Environment, simulator: BatchSimulator, last: int | None) -> ClosedRun:
    """Step circuit and environment together until the environment is done, or complains.

    A run that ends with the tick `last`, if there is one, is broken off.
    """
    rows, records, pins = [], [], []
    complaint, goes_on = "", True
    while goes_on and len(rows) != last:
        row = row_of(simulator.ports.stimulus_dtype, len(rows) + 1, environment.drive())
        records.append(simulator.run(row, len(rows) + 1))
        if not pins:
            pins.append(simulator.pins[:1])
        rows.append(row)
        shown = simulator.pins  # before this tick, at its clock edge, and after
        pins.append(shown[shown["tick"] <= len(rows)][-1:])
        pins[-1]["tick"] = len(rows)
        try:
            goes_on = environment.see(Seen(pins[-1][0], shown[-1]))
        except LockstepError as error:
            complaint, goes_on = f"tick {len(rows)}: {error}", False
    return ClosedRun(
        np.concatenate(rows), np.concatenate(records), tidy(np.concatenate(pins)),
        environment.moves, complaint, goes_on or bool(complaint),
    )  # fmt: skip


def row_of(dtype: np.dtype, tick: int, inputs: Drive) -> np.ndarray:
    """Return what is driven on a tick as a row of stimulus."""
    row = np.zeros(1, dtype)
    row["tick"] = tick
    for name, value in inputs.items():
        field = row[name].reshape(-1)
        row[name] = np.frombuffer(value.to_bytes(field.nbytes, "little"), field.dtype)
    return row


def judged(job: Bench, run: ClosedRun, aftermath: Iterable[tuple[int, Drive]]) -> Mismatch | None:
    """Return the first difference from the golden model, given the same inputs.

    A wrong circuit may lead its environment to what the golden model refuses, such as a word for
    which there is no room; the difference lies before that.
    """
    refused, compared = len(run.rows), 0
    try:
        return compared_until(job, run, refused, aftermath)
    except LockstepError:
        raise
    except REFUSALS as error:
        refusal = error
    while refused - compared > 1:
        end = (refused + compared) // 2
        try:
            if found := compared_until(job, run, end, aftermath):
                return found
            compared = end
        except REFUSALS:
            refused = end
    raise refusal


def compared_until(
    job: Bench, run: ClosedRun, end: int, aftermath: Iterable[tuple[int, Drive]]
) -> Mismatch | None:
    """Return the first difference from the golden model up to a tick.

    If there is none, and the run came to its end, it has kept the contract, too.
    """
    tick, rows = end, [run.rows[:end]]
    for ticks, inputs in aftermath:
        rows.append(row_of(run.rows.dtype, tick + 1, inputs))
        tick += ticks
    heard = np.concatenate(rows)
    expected = job.expect(heard)
    wrong = compare(until(as_parts(expected), end), until(job.split(run.records), end))
    wrong = wrong or compare_pins(expected_pins(job, heard, expected), run.pins, end)
    if not wrong and not run.broken_off:
        job.check(expected)
        keep_contract(job, heard, expected)
    return wrong


def until(parts: Mapping[str, np.ndarray], end: int) -> dict[str, np.ndarray]:
    """Return the records up to a tick."""
    return {name: records[records["tick"] <= end] for name, records in parts.items()}
