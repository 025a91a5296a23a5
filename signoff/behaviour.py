"""What a bench or a proof does with its circuit, whatever the sources look like that say so.

A result is tied to its sources (:mod:`goldspike.signoff.results`). Where these were only written
in another way, it is still true; and that they were can be shown: the circuit, its stimulus, what
is expected of it and what is asked of it are the same, bit by bit, in every configuration.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.circuits import load_bench
from goldspike.cosim.lockstep.replay import Replay
from goldspike.hdl.verilog import to_rtlil
from goldspike.proofs.circuits import load_proof
from goldspike.signoff.results import Results, code, is_stale, note, sources

__all__ = ["SEED", "behaviour", "kept_for", "note_run", "renewed", "statement"]

SEED = 1
"""Of the stimulus that is compared."""


@cache
def behaviour(circuit: str) -> str:
    """Return the hash of what a circuit's bench does in all of its configurations.

    Parameters
    ----------
    circuit : str

    Returns
    -------
    str
        Equal for two versions of the sources if circuit and stimulus, records, pins and functional
        bins of :data:`SEED`, and what gates, mutants and coverage do (``checks``) are equal, but
        for what coverage excludes.
    """
    bench = load_bench(circuit)
    checks = replace(bench.checks, exclusions=())
    total = hashlib.sha256(repr((checks, bench.steps, bench.published)).encode())
    for config in sorted(bench.configs):
        for part in parts(bench(config)):
            total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:16]


def parts(job: Bench) -> Iterator[bytes]:
    """Yield everything that a run of one configuration is made of."""
    yield f"{job.config} {job.layout} {job.idle} {job.restarts} {job.outlasts}".encode()
    yield to_rtlil(job.make()).encode()
    replay = Replay.drawn(job, SEED, job.steps)
    forbidden = job.forbidden(replay.rows, replay.expected)
    for array in (replay.rows, *replay.parts.values(), *replay.pins, *forbidden.values()):
        yield f"{array.dtype} {array.shape}".encode()
        yield array.tobytes()
    bins = job.hits(replay.rows, replay.expected)
    yield f"{replay.end} {[*replay.parts]} {[*forbidden]} {bins}".encode()


def kept_for(circuit: str, column: str) -> str:
    """Return what a result of a column stays true for.

    Mutants of the source want the same text as well, and coverage the same exclusions.
    """
    if column == "proofs":
        return statement(circuit)
    text = code(f"hdl/{circuit}.py") if column == "source mutants" else ""
    if column == "coverage":
        text = "".join(map(repr, load_bench(circuit).checks.exclusions))
    return hashlib.sha256(f"{behaviour(circuit)} {text}".encode()).hexdigest()[:16]


@cache
def statement(circuit: str) -> str:
    """Return the hash of what is proved of a circuit: itself and its properties, as netlists."""
    proof = load_proof(circuit)
    search = proof.search if isinstance(proof.search, int) else "of the parameters"
    total = hashlib.sha256(repr((proof.quick, search)).encode())
    for config in proof.configs:
        built = proof(config)
        asked = (config, built.rtlil, built.signals.keys(), built.patience)
        total.update(f"{asked} {built.ticks_of_induction()}".encode())
        total.update(b"" if isinstance(proof.search, int) else f"{built.search}".encode())
    return total.hexdigest()[:16]


def note_run(circuit: str, column: str, result: Mapping[str, Any]) -> None:
    """Keep the result of a proof, or of a bench on other forms of its circuit, with what it did."""
    note(circuit, column, {**result, "behaviour": kept_for(circuit, column)})


def renewed(results: Results) -> Results:
    """Return results, with today's sources for those whose sources were only rewritten."""
    after = {circuit: dict(columns) for circuit, columns in results.items()}
    for circuit, columns in results.items():
        for column, result in columns.items():
            rewritten = "behaviour" in result and is_stale(circuit, column, result)
            if rewritten and result["behaviour"] == kept_for(circuit, column):
                after[circuit][column] = {**result, "sources": sources(circuit, column)}
    return after
