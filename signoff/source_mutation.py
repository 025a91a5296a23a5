"""Does a bench notice that a line of its circuit's source is wrong.

Every mutant (:mod:`goldspike.signoff.source_mutants`) becomes a circuit of its own. Those that
Amaranth refuses, and those that make the same circuit, are none. Some at a time stand in one
module, where an input chooses one: one build for all of them; a self-timed mutant has a build of
its own. What the bench does not notice is held against the circuit
(:mod:`goldspike.signoff.equivalence`), where there is a clock.
"""

import random
import re
import signal
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from amaranth.hdl import Shape
from amaranth.lib.wiring import In

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.simulator.build import Simulator, build
from goldspike.cosim.simulator.compile import face_source
from goldspike.hdl.amaranth_private import YosysError
from goldspike.hdl.cells import CELLS
from goldspike.hdl.verilog import module_name, rtlil_to_verilog, to_rtlil
from goldspike.model.errors import LockstepError
from goldspike.signoff.equivalence import INSTANCE, Forms, Verdict
from goldspike.signoff.judge import Judge
from goldspike.signoff.source_mutants import Source, SourceMutant

__all__ = ["SOURCE_COUNT", "SourceMutation", "source_score"]

SOURCE_COUNT = 50
"""Mutants that are tried of a circuit that has more, drawn at random: fewer make no score."""

DRAW = 7
BITS = 16
ELABORATION = 60
"""Seconds after which a circuit counts as one that cannot be built."""

BATCH_BYTES = 1_500_000
"""RTLIL in one build; what circuits share counts once."""

BATCH = 16
"""Mutants in one build at most: all of them run while one is looked at.

Self-timed ones stand alone: every event of one is looked for in all, and a ring that is wrong need
not rest under reset.
"""

JOINED = "all_mutants"


@dataclass(frozen=True)
class Tried:
    """A mutant that is a circuit; `number` chooses it."""

    number: int
    mutant: SourceMutant
    rtlil: str


class SourceMutation:
    """Mutants of the source of one configuration of one circuit.

    Attributes
    ----------
    refused, same : int
        Mutants that Amaranth refuses, and that make the same circuit as another, or as the source.
    """

    def __init__(self, bench: type[Bench], config: str, folder: Path) -> None:
        self.job = bench(config)
        self.bench, self.folder = bench, folder
        self.source = Source(bench.circuit)
        self.component = self.job.make()
        self.clocked = Ports.of(self.component).clocked
        self.name = module_name(self.component)
        self.text = to_rtlil(self.component, self.name)
        self.refused = self.same = 0
        folder.mkdir(parents=True, exist_ok=True)

    def tried(self, count: int, draw: int = DRAW) -> Iterator[Tried]:
        """Yield at most `count` mutants that are circuits, in a random order."""
        mutants = self.source.mutants()
        random.Random(draw).shuffle(mutants)
        seen, number = {self.text}, 0
        for mutant in mutants:
            if number == count:
                return
            text = self.rtlil(mutant)
            if text is None:
                self.refused += 1
            elif text in seen:
                self.same += 1
            else:
                seen.add(text)
                number += 1
                yield Tried(number, mutant, text)

    def rtlil(self, mutant: SourceMutant) -> str | None:
        """Return the RTLIL of a mutant; None if there is no such circuit, or it has other ports."""
        try:
            with at_most(ELABORATION), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a wrong circuit gives cause to some
                circuit = self.source.load(mutant, self.bench.rtl.__name__)
                text = to_rtlil(circuit(self.job.params, trace=True), self.name)
        except Exception:  # whatever Python or Amaranth says of it
            return None
        clocks = {"clk": 1, "rst": 1}
        return text if {**ports(text), **clocks} == {**ports(self.text), **clocks} else None

    def compile(self, batch: list[Tried]) -> Simulator:
        """Return the simulator of some mutants and of the circuit, or of a self-timed mutant."""
        texts = {tried.number: tried.rtlil for tried in batch}
        if self.clocked or not batch:
            texts = {0: self.text, **texts}
        verilog = rtlil_to_verilog(together(texts)) + self.joined(texts, one_runs=self.clocked)
        own = Ports.of(self.component)
        cells = "" if self.clocked else CELLS.read_text()
        face = face_source(own, mutants=True)
        driven = [*own.driven, "mutsel"]
        return build(verilog + cells, lambda: verilog, JOINED, driven, own.read, face, cells=cells)

    def joined(
        self, texts: dict[int, str], at_rest: tuple[str, ...] = (), *, one_runs: bool = False
    ) -> str:
        """Return in Verilog a module of which `mutsel` chooses one of some circuits.

        Inputs that may be up only at rest reach them only while the first of them is not busy.
        With `one_runs` the others have no clock: a simulator has nothing to do for them.
        """
        inputs, outputs = self.widths
        header = [f"input [{n - 1}:0] \\{name} " for name, n in {**inputs, "mutsel": BITS}.items()]
        header += [f"output [{n - 1}:0] \\{name} " for name, n in outputs.items()]
        lines = [f"module {JOINED}({', '.join(header)});"]
        busy = f"\\busy_{next(iter(texts))} "
        for number, text in texts.items():
            there = ports(text)
            lines += [f"wire [{n - 1}:0] \\{name}_{number} ;" for name, n in outputs.items()]
            given = {name: f"\\{name} " for name in inputs}
            for name in at_rest:
                given[name] += f"& ~{{{inputs[name]}{{{busy}}}}}"
            if one_runs:
                given["clk"] = f"\\clk & (mutsel == {number})"
            pins = [f".\\{name} ({value})" for name, value in given.items() if name in there]
            pins += [f".\\{name} (\\{name}_{number} )" for name in outputs]
            lines.append(f"{self.name}_{number} {INSTANCE}{number}({', '.join(pins)});")
        for name in outputs:
            first, *others = texts
            value = f"\\{name}_{first} "
            for number in others:
                value = f"mutsel == {number} ? \\{name}_{number} : {value}"
            lines.append(f"assign \\{name} = {value};")
        return "\n".join([*lines, "endmodule\n"])

    @cached_property
    def widths(self) -> tuple[dict[str, int], dict[str, int]]:
        """The widths of inputs and outputs, those of no width left out."""
        inputs = {"clk": 1, "rst": 1} if self.clocked else {}
        outputs: dict[str, int] = {}
        for name, member in self.component.signature.members.items():
            width = Shape.cast(member.shape).width
            if width:
                (inputs if member.flow is In else outputs)[name] = width
        return inputs, outputs

    def compare(self, tried: Tried) -> Verdict:
        """Hold a mutant against the circuit."""
        if not self.clocked:
            return Verdict(None)
        texts = {0: self.text, 1: tried.rtlil}
        (self.folder / "pair.il").write_text(together(texts))
        (self.folder / "pair.v").write_text(self.joined(texts, self.bench.checks.at_rest))
        reads = "read_rtlil pair.il\nread_verilog pair.v"
        return Forms(reads, JOINED, "mutsel", self.folder).compare(1)

    def run(self, seed: int, steps: int, count: int) -> Iterator[tuple[SourceMutant, str]]:
        """Yield the mutants with their verdicts.

        Raises
        ------
        LockstepError
            If the circuit itself does not pass.
        """
        judge = Judge(self.job, seed, steps)
        if not judge.unnoticed(self.compile([]), 0):
            raise LockstepError(f"{self.bench.circuit}: the circuit does not pass its own bench.")
        for batch in self.batches(count):
            yield from self.judged(judge, batch)

    def batches(self, count: int) -> Iterator[list[Tried]]:
        """Yield mutants, as many at once as go into one build."""
        batch: list[Tried] = []
        size = 0
        for tried in self.tried(count):
            batch.append(tried)
            size += sum(map(len, own_modules(tried.rtlil, self.text).values()))
            if size > BATCH_BYTES or len(batch) == (BATCH if self.clocked else 1):
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def judged(self, judge: Judge, batch: list[Tried]) -> Iterator[tuple[SourceMutant, str]]:
        """Yield the mutants of a batch with their verdicts."""
        circuit = {0} if self.clocked else set[int]()
        try:
            compiled = self.compile(batch)
            numbers = [*circuit, *(tried.number for tried in batch)]
            passed = set(judge.all_unnoticed(compiled, numbers))
        except (RuntimeError, YosysError):  # one of them is nothing that Yosys or Verilator take
            passed = set[int]()
        if passed >= circuit:
            for tried in batch:
                verdict = "killed"
                if tried.number in passed:
                    verdict = str(self.compare(tried))
                yield tried.mutant, verdict
        elif len(batch) > 1:  # one spoils all others
            half = len(batch) // 2
            yield from self.judged(judge, batch[:half])
            yield from self.judged(judge, batch[half:])
        else:
            yield batch[0].mutant, "killed"


def together(texts: Mapping[int, str]) -> str:
    """Return circuits in one RTLIL, each with its number behind the names of its modules.

    A module that is as in the first circuit, with all that it holds, is there once.
    """
    first, *others = texts
    found = [renamed(texts[first], dict.fromkeys(modules(texts[first]), first))]
    for number in others:
        own = own_modules(texts[number], texts[first])
        numbers = {name: number if name in own else first for name in modules(texts[number])}
        found.append(renamed("\n".join(own.values()), numbers))
    return "\n".join(found)


def modules(text: str) -> dict[str, str]:
    """Return the modules of a circuit by name, the first one first."""
    module = r"^(?:attribute [^\n]*\n)*module \\(\S+)\n.*?^end$"
    return {one[1]: one[0] for one in re.finditer(module, text, re.MULTILINE | re.DOTALL)}


def own_modules(text: str, other: str) -> dict[str, str]:
    """Return a circuit's first module, those that another does not have, and what holds these."""
    ours, theirs = modules(text), modules(other)
    own = {name for k, name in enumerate(ours) if not k or theirs.get(name) != ours[name]}
    holds = {
        name: set(re.findall(r"^ *cell \\(\S+)", module, re.MULTILINE))
        for name, module in ours.items()
    }
    while more := {name for name in ours if name not in own and holds[name] & own}:
        own |= more
    return {name: module for name, module in ours.items() if name in own}


def renamed(text: str, numbers: Mapping[str, int]) -> str:
    """Return RTLIL whose modules have a number behind their names."""
    names = "|".join(map(re.escape, numbers))
    pattern = re.compile(rf"^( *(?:module|cell) \\)({names})(?=\s)", re.MULTILINE)
    return pattern.sub(lambda found: f"{found[1]}{found[2]}_{numbers[found[2]]}", text)


def ports(text: str) -> dict[str, int]:
    """Return the widths of the ports of the first module."""
    module = text.partition("\nend\n")[0]
    port = r"^  wire width (\d+) (?:input|output) \d+ +(?:signed +)?\\(\S+)$"
    found = re.findall(port, module, re.MULTILINE)
    return {name: int(width) for width, name in found if int(width)}


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise a `TimeoutError` in what takes longer."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def source_score(
    bench: type[Bench], config: str, folder: Path, *, count: int, seed: int, steps: int
) -> dict[str, Any]:
    """Judge mutants of a circuit's source.

    Returns
    -------
    dict
        How many were ``killed``, ``survived`` and ``equivalent``; how many Amaranth ``refused``, or
        were the ``same`` circuit; how many ``kinds`` of each were tried; and what survived.
    """
    mutation = SourceMutation(bench, config, folder)
    found = list(mutation.run(seed, steps, count))
    verdicts = Counter(verdict.partition(",")[0] for _, verdict in found)
    return {
        **{verdict: verdicts[verdict] for verdict in ("killed", "survived", "equivalent")},
        "refused": mutation.refused,
        "same": mutation.same,
        "kinds": dict(Counter(mutant.kind for mutant, _ in found)),
        "survivors": sorted(f"{m}: {verdict}" for m, verdict in found if "survived" in verdict),
    }
