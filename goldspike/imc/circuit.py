"""The engines of the chain of cores with a circuit: ``rtl`` and ``lockstep``."""

import numpy as np

from goldspike.cosim.bench.scoreboard import LockstepError, compare
from goldspike.cosim.bench.stimulus import set_lines
from goldspike.cosim.imc.chain import ChainBench, image_words, loading
from goldspike.cosim.imc.shared.stimulus import word_lines, word_rows
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.imc.chain import Chain
from goldspike.imc.engine import Result, drain
from goldspike.model.imc.chain import ChainModel, ChainParams, Weights
from goldspike.model.imc.input_memory import STORE

__all__ = ["run_rtl"]


def stimulus(
    simulator: BatchSimulator, params: ChainParams, weights: Weights, images: np.ndarray
) -> tuple[np.ndarray, int]:
    """Return the rows of a whole run, and the tick on which the first timestep begins."""
    load = loading(params, weights, params.cores, weights.cores)
    begin = len(load) + 2
    words = np.concatenate([image_words(i, params.word_bits // 8) for i in images])
    flat = words.reshape(-1, words.shape[2])
    per_step = params.replicas[0] * words.shape[1]
    number = np.arange(len(flat))
    # a timestep's words come from its second tick on
    tick = begin + 1 + number // per_step * params.timestep + number % per_step
    ends = tick + 1  # nothing is offered behind a timestep's last word
    ends = ends[(number + 1) % per_step == 0]
    last = begin + (len(flat) // per_step + drain(params)) * params.timestep
    rows = simulator.stimulus(len(load) + 2 + len(flat) + len(ends) + 1)
    rows["tick"][: len(load)] = 1 + np.arange(len(load))
    for k, what in enumerate(load):
        for name, value in what.items():
            rows[name][k] = value
    rows["tick"][len(load)] = begin - 1
    part = rows[len(load) + 1 :]
    part["run"] = 1
    part["tick"][0], part["tick"][-1] = begin, last
    part["tick"][1:-1] = np.concatenate([tick, ends])
    part["in_valid"][1 : 1 + len(flat)] = 1
    set_lines(part[1 : 1 + len(flat)], "in_word", word_lines(flat))
    return rows[np.argsort(rows["tick"], kind="stable")], begin


def run_rtl(
    params: ChainParams, weights: Weights, images: np.ndarray, *, compared: bool = False
) -> Result:
    """Run images on the compiled circuit; count what its trace shows.

    Raises
    ------
    LockstepError
        If `compared` and the golden model of the clock cycle differs, or if a pixel was not taken
        when it was offered.
    """
    bench = ChainBench("digits", params)
    with BatchSimulator(Chain(params, trace=True), params.trace, fast=True) as simulator:
        rows, begin = stimulus(simulator, params, weights, images)
        records = simulator.run(rows, int(rows["tick"][-1]))
        late = int(simulator.outputs()["late"])
    parts = bench.split(records)
    if compared:
        expected = bench.checked(golden(params, weights, rows, begin))
        mismatch = compare(expected, parts)
        if mismatch:
            raise LockstepError(f"imc/chain, {mismatch}")
    if late:
        raise LockstepError("imc/chain: a timestep began before the one before it had ended")
    result = count(params, parts, begin)
    pixels = images.shape[0] * images.shape[1] * images.shape[2]
    if result.writes[0] != pixels * params.cores[0].memory.words:
        raise LockstepError("imc/chain: the first core did not take every pixel in its timestep")
    return result


def golden(
    params: ChainParams, weights: Weights, rows: np.ndarray, begin: int
) -> dict[str, np.ndarray]:
    """Return what the golden model of the clock cycle expects."""
    model = ChainModel(params, weights)
    offset = begin - 1
    words = word_rows(rows, "in_word", params.word_bits // 8)
    changes = dict(zip(rows["tick"].tolist(), range(len(rows)), strict=True))
    word = None
    for tick in range(begin, int(rows["tick"][-1]) + 1):
        if tick in changes:
            k = changes[tick]
            word = words[k] if rows["in_valid"][k] else None
        model.tick(word, run=True)
    expected = model.trace()
    for records in expected.values():
        records["tick"] += offset
    return expected


def count(params: ChainParams, parts: dict[str, np.ndarray], begin: int) -> Result:
    """Return what the trace of the circuit says."""
    answers, result = parts["answer"], Result()
    answers = answers[answers["answered"] == 1]
    result.answers = answers["answer"].tolist()
    result.ends = ((answers["tick"] - begin) // params.timestep).tolist()
    for k, core in enumerate(params.cores):
        stores = int((parts[f"core{k}.memory"]["kind"] == STORE).sum())
        result.writes.append(stores)
        result.reads.append(parts[f"core{k}.memory"].size - stores)
        output = parts[f"core{k}.output"]
        popped = int(output["popped"].sum())
        result.carried.append(popped // core.output.words)
        result.nonzero.append(int(np.count_nonzero(output["word"][output["popped"] == 1])))
    result.carried.append(len(answers))
    size = params.layers[0].height * params.layers[0].width
    result.starts = [k * size // params.replicas[0] for k in range(len(answers))]
    for source, _, _ in sorted(params.residuals, key=lambda residual: residual[1]):
        popped = int(parts[f"core{source}.skip"]["popped"].sum())
        result.residuals.append(popped // params.cores[source].skip.words)
    return result
