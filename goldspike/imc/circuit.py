"""The engines of chain and array with a circuit: ``rtl`` and ``lockstep``."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from goldspike.cosim.bench.scoreboard import LockstepError, Mismatch
from goldspike.cosim.bench.stimulus import set_lines
from goldspike.cosim.imc.chain import ChainBench
from goldspike.cosim.imc.shared.stimulus import word_lines
from goldspike.cosim.lockstep.runner import Run, keep_waves
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.cosim.simulator.build import Simulator
from goldspike.cosim.simulator.compile import compile_circuit
from goldspike.imc.engine import Result, drain, in_order, run_model, total
from goldspike.imc.lockstep import Cores, Ticks, WholeArray, WholeChain
from goldspike.model.errors import InputError
from goldspike.model.imc.array import ArrayParams
from goldspike.model.imc.chain import ChainParams, Weights
from goldspike.model.imc.input_memory import STORE
from goldspike.model.imc.shared.array import ArrayParams as Stages
from goldspike.model.imc.shared.array import Kind
from goldspike.model.imc.shared.dataflow import ArrayDataflow

__all__ = ["build", "check_outputs", "run_rtl"]

WAVES = 1 << 17
"""The last tick of which waves are kept: they are recorded from the first on."""


def stimulus(
    simulator: BatchSimulator, bench: ChainBench, weights: Weights, images: np.ndarray
) -> tuple[np.ndarray, int]:
    """Return the rows of a whole run, and the tick on which the first timestep begins.

    Pixels are offered in the timesteps in which the array takes them.
    """
    params, load = bench.params, bench.loading(weights)
    begin = len(load) + 2
    words = np.concatenate([bench.words(image) for image in images])
    flat = words.reshape(-1, words.shape[2])
    came = np.repeat(taken(array_of(params), weights, images), words.shape[1])
    first = np.append(True, np.diff(came) > 0)  # words with which a timestep's begin
    number = np.arange(len(flat))
    # a timestep's words come from its second tick on
    within = number - np.maximum.accumulate(np.where(first, number, 0))
    tick = begin + 1 + came * params.timestep + within
    ends = tick[np.append(first[1:], True)] + 1  # nothing is offered after a timestep's last word
    waits = drain([core.layer for core in bench.layers]) + len(bench.cores)
    last = begin + (int(came[-1]) + 1 + waits) * params.timestep
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


def array_of(params: ChainParams | ArrayParams) -> Stages:
    """Return a chain as an array of one core per stage, an array as it is."""
    return Stages.of(params) if isinstance(params, ChainParams) else params


def taken(array: Stages, weights: Weights, images: np.ndarray) -> np.ndarray:
    """Return the timestep, int64 (pixels,), in which the array takes each pixel of images."""
    model, pixels, came = ArrayDataflow(array, weights), in_order(images), list[int]()
    budget = array.streams[0].budget
    while len(came) < len(pixels):
        count = model.timestep(pixels[len(came) : len(came) + budget])
        if not count and not model.moves:
            raise InputError(f"the array stands still: {model.reason}.")
        came += [model.now] * count
    return np.array(came)


def bench_of(params: ChainParams | ArrayParams) -> ChainBench:
    """Return the bench of a network's circuit."""
    return (WholeChain if isinstance(params, ChainParams) else WholeArray)("a network's", params)


def build(params: ChainParams | ArrayParams) -> Simulator:
    """Compile a network's circuit for long runs."""
    return compile_circuit(bench_of(params).make(), fast=True, cocotb=False)


def run_rtl(
    params: ChainParams | ArrayParams,
    weights: Weights,
    images: np.ndarray,
    *,
    compared: bool = False,
    waves: bool = False,
    built: Simulator | None = None,
) -> Iterator[Result]:
    """Run images on the compiled circuit; count what its trace shows; it may be `compared`.

    Yields answers as they come, compared already if they are, and at the end what was counted. With
    `waves`, a VCD of the ticks around a difference is kept, as far as it is an early one.

    Raises
    ------
    LockstepError
        If `compared` and the golden model of the clock cycle differs in a traced word or on an
        output pin, or if a pixel was not taken when it was offered.
    """
    bench = bench_of(params)
    built = built or build(params)
    with BatchSimulator(bench.make(), params.trace, simulator=built) as simulator:
        simulator.watched = compared
        rows, begin = stimulus(simulator, bench, weights, images)
        counts = Tally(bench, begin)
        parts = simulator.slices(rows, int(rows["tick"][-1]))
        if compared:
            parts = follow(simulator, bench, weights, rows, begin, waves=waves)
        for part in parts:
            counts.add(part)
            found = answered(params, part, begin)
            if found.samples:
                yield found
        late = int(simulator.outputs()["late"])
    if late:
        raise LockstepError(f"{bench.circuit}: a timestep began before the last one had ended")
    result = counts.total()
    pixels = images.shape[0] * images.shape[1] * images.shape[2]
    if result.writes[0] != pixels * bench.cores[0].memory.words:
        raise LockstepError(
            f"{bench.circuit}: the first core did not take every pixel in its timestep"
        )
    yield result


def check_outputs(
    params: ArrayParams, weights: Weights, images: np.ndarray, *, built: Simulator | None = None
) -> Iterator[Result]:
    """Run images on the circuit of a large array; compare what its cores make.

    Every activation and every partial sum of every core, the timestep in which it was computed,
    and every answer with its timestep are held against the golden model that counts in timesteps.
    Yields answers as they come, and at the end what the golden model counted.

    Raises
    ------
    LockstepError
        If one differs.
    """
    bench = bench_of(params)
    expected, found = total([*run_model(params, weights, images)]), list[Result]()
    with BatchSimulator(bench.make(), params.trace, simulator=built) as simulator:
        rows, begin = stimulus(simulator, bench, weights, images)
        cores = Cores(params, weights, images, begin)
        for part in simulator.slices(rows, int(rows["tick"][-1])):
            refuse(bench, cores.compare(part, last=False))
            found.append(answered(params, part, begin))
            yield found[-1]
        late = int(simulator.outputs()["late"])
    if late:
        raise LockstepError(f"{bench.circuit}: a timestep began before the last one had ended")
    refuse(bench, cores.compare(np.zeros(0, params.trace.record_dtype), last=True))
    answers = total(found)
    if (answers.answers, answers.ends) != (expected.answers, expected.ends):
        refuse(bench, "answers: classes or their timesteps differ")
    yield replace(expected, answers=[], ends=[])


def of_core(params: ArrayParams, place: int, records: np.ndarray) -> np.ndarray:
    """Return a core's records."""
    name = f"core{place}"
    return dict(params.parts)[name].select(records, name)


def answered(params: ChainParams | ArrayParams, records: np.ndarray, begin: int) -> Result:
    """Return the answers among some records, the first timestep having begun on a tick."""
    rows = dict(params.parts)["answer"].select(records, "answer")
    rows = rows[rows["answered"] == 1]
    ends = (rows["tick"] - begin) // params.timestep
    return Result(answers=rows["answer"].tolist(), ends=ends.tolist())


def follow(
    simulator: BatchSimulator, bench: ChainBench, weights: Weights, rows: np.ndarray, begin: int,
    *, waves: bool = False,
) -> Iterator[np.ndarray]:  # fmt: skip
    """Run the circuit and the golden model side by side; yield the records of an image's time.

    Raises
    ------
    LockstepError
        At the first difference.
    """
    ticks = Ticks(bench, weights, begin)
    layer, last = bench.layers[0].layer, int(rows["tick"][-1])
    image = layer.height * layer.width * bench.params.timestep
    for end in (*range(begin - 1, last, image), last):
        part = rows[np.searchsorted(rows["tick"], ticks.now, side="right") :]
        part = part[: np.searchsorted(part["tick"], end, side="right")]
        records = simulator.run(part, end)
        mismatch = ticks.compare(part, records, simulator.pins, end, last=end == last)
        if mismatch and waves and mismatch.tick <= WAVES:
            kept = keep_waves(Run(bench, bench.rtl, rows), mismatch)
            refuse(bench, f"{mismatch}; waves: {kept}")
        refuse(bench, mismatch)
        yield records


def refuse(bench: ChainBench, mismatch: Mismatch | str | None) -> None:
    """Refuse a circuit that differs from its golden model."""
    if mismatch:
        raise LockstepError(f"{bench.circuit}, {mismatch}")


class Tally:
    """Counts what the circuit's trace says, part after part.

    Parameters
    ----------
    bench : ChainBench
    begin : int
        The tick of the first timestep.
    """

    def __init__(self, bench: ChainBench, begin: int) -> None:
        self.bench, self.begin, self.array = bench, begin, array_of(bench.params)
        self.result = Result()
        count = len(bench.cores)
        self.stores, self.loads = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self.popped = {name: np.zeros(count, np.int64) for name in ("output", "skip")}
        self.nonzero = np.zeros(count, np.int64)
        self.answers = 0

    def add(self, records: np.ndarray) -> None:
        """Count some records."""
        for k, core in enumerate(self.bench.cores):
            own, layouts = of_core(self.bench.params, k, records), dict(core.parts)
            memory = layouts["memory"].select(own, "memory")
            stores = memory["tick"][memory["kind"] == STORE]
            if k == 0:
                self.start(stores)
            self.stores[k] += stores.size
            self.loads[k] += memory.size - stores.size
            for name, popped in self.popped.items():
                if name in layouts:
                    sent = layouts[name].select(own, name)
                    sent = sent[sent["popped"] == 1]
                    popped[k] += sent.size
                    if name == "output" and core.last:
                        self.nonzero[k] += np.count_nonzero(sent["word"])
        self.answers += answered(self.bench.params, records, self.begin).samples

    def start(self, stores: np.ndarray) -> None:
        """Note the timesteps in which images begin, by the ticks of the first core's stores."""
        layer = self.bench.layers[0].layer
        size = layer.height * layer.width * self.bench.cores[0].memory.words
        first = stores[-int(self.stores[0]) % size :: size]
        timesteps = (first - self.begin) // self.bench.params.timestep
        self.result.starts += timesteps.tolist()

    def total(self) -> Result:
        """Return what was counted, answers aside."""
        cores, array = self.bench.cores, self.array
        words = [core.output.words for core in cores]
        residuals = []
        for stream in array.streams:
            if stream.kind == Kind.RESIDUAL:
                place, skips = stream.senders[0], not array.shortcut(stream.stage)
                count = self.popped["skip" if skips else "output"][place]
                sent = cores[place].skip.words if skips else words[place]
                residuals.append(int(count) // sent)
        return replace(
            self.result,
            reads=self.loads.tolist(),
            writes=self.stores.tolist(),
            carried=[*(self.popped["output"] // words).tolist(), self.answers],
            residuals=residuals,
            nonzero=[int(n) for n, core in zip(self.nonzero, cores, strict=True) if core.last],
        )
