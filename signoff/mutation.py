"""Mutants: does a bench notice that one cell of its circuit's netlist is wrong.

Yosys draws the mutants and puts all of them into one netlist, where an input chooses one; so there
is one build, and a fresh simulation per mutant. A mutant that the bench does not notice is held
against the circuit (:mod:`goldspike.signoff.equivalence`): if it always shows the same, it is no
mutant. What cannot be shown counts as a survivor. Cells that only the trace port needs are left
out.
"""

import hashlib
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.simulator.build import Simulator, build
from goldspike.cosim.simulator.compile import face_source
from goldspike.hdl.verilog import module_name, to_rtlil
from goldspike.hdl.yosys import run_yosys
from goldspike.model.files import read_kept, write_json
from goldspike.model.paths import ROOT
from goldspike.signoff.equivalence import Forms, Verdict
from goldspike.signoff.judge import Judge
from goldspike.signoff.parts import Parts
from goldspike.signoff.results import sources

__all__ = ["COUNT", "DRAWS", "FEW", "Mutant", "Mutation", "score"]

BITS = 16

UNCLOCKED = r"cell \$mem_v2 \\?(\S+)\n(?:    .*\n)*?    parameter \\RD_CLK_ENABLE \d+'0+\n"
"""Memories that are read without a clock, in RTLIL."""

CELL = r"^  cell (?!\$scopeinfo )"
"""A cell in RTLIL; the other kind says what the circuit was made of."""

CLOCKED_PORTS = r"-port \\?RD_(EN|ARST|SRST) "
"""Ports of a memory that have to be constant, as Yosys has it, where reads have no clock."""

DRAWS = (7, 8, 9)
"""Seeds of the mutants, and how many each draws: fewer do not make a published score."""

COUNT, FEW, FEW_OVER = 120, 40, 500
"""Mutants of a draw; of a circuit made of others and of over so many cells, fewer: what its bench
does not notice takes minutes to decide."""

LARGE, IN_VAIN = 1000, 10
"""Cells of a circuit that ABC seldom decides as a whole, and seconds after which it gives it up."""

POISON = ("*.off", "*.off$*", "*.noise", "*.noise$*")
"""Wires inside a circuit over which it is poisoned, which no circuit without trace is."""

FLATTEN = """
read_rtlil design.il
prep -flatten -top {top}
write_rtlil flat.il
mutate -list {many} -mode inv -o inverted.txt
"""

MANY = 10**9
"""So many mutants that Yosys lists all there are."""

DRAWING = 300
"""Seconds of processor time; a draw takes a few."""

DRAW = """
read_rtlil flat.il
{lists}
delete -port {top}/w:trace_*
cutpoint {poison}
opt_clean
select -write needed.txt {top}/c:*
"""


@dataclass(frozen=True)
class Mutant:
    """One wrong cell.

    Attributes
    ----------
    number : int
        What chooses it, from 1.
    command : str
        What Yosys does to the netlist.
    verdict : str
        ``killed``, ``equivalent``, or ``survived`` and what else is known.
    """

    number: int
    command: str
    verdict: str = ""

    @property
    def what(self) -> str:
        """The mode, the port of the cell, and where in the source the cell comes from."""
        options = dict(re.findall(r"-(\w+) (\S+)", self.command))
        lines = sorted({place(path) for path in re.findall(r"-src (\S+)", self.command)})
        wire = f" of {options['wire']}[{options.get('wirebit', 0)}]" if "wire" in options else ""
        cell = f"{options['mode']} at {options['cell']}.{options['port']}{wire}"
        return f"{cell} ({', '.join(lines) or 'no source line'})"


def cell_of(command: str) -> str:
    """Return the name of the cell that a command makes wrong."""
    return command.partition("-cell ")[2].split()[0].removeprefix("\\")


def place(source: str) -> str:
    """Return a source line as seen from the project's folder."""
    return source.removeprefix(f"{ROOT}/").removeprefix("goldspike/")


class Mutation:
    """All mutants of one configuration of one circuit."""

    def __init__(
        self, bench: type[Bench], config: str, folder: Path, count: int | None,
        draws: Sequence[int],
    ) -> None:  # fmt: skip
        self.job = bench(config)
        self.folder = folder
        self.name = module_name(self.job.make())
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "design.il").write_text(to_rtlil(self.job.make(), emit_src=True))
        run_yosys(FLATTEN.format(top=self.name, many=MANY), folder)
        flat = (folder / "flat.il").read_text()
        cells = len(re.findall(CELL, flat, re.MULTILINE))
        self.large = cells > LARGE
        many = bench.checks.assembled and cells > FEW_OVER
        self.count = count = count or (FEW if many else COUNT)
        number = min(3 * count, self.most())
        lists = [f"mutate -list {number} -seed {seed} -o drawn-{seed}.txt" for seed in draws]
        poison = " ".join(f"{self.name}/w:{wire}" for wire in POISON)
        script = DRAW.format(top=self.name, lists="\n".join(lists), poison=poison)
        run_yosys(script, folder, DRAWING)
        untraced = (folder / "needed.txt").read_text().split()
        needed = {cell.partition("/")[2] for cell in untraced}
        self.unclocked = set(re.findall(UNCLOCKED, flat))
        self.draws = {seed: self.drawn(seed, needed)[:count] for seed in draws}
        commands = dict.fromkeys(command for drawn in self.draws.values() for command in drawn)
        self.mutants = [Mutant(k, command) for k, command in enumerate(commands, start=1)]

    def most(self) -> int:
        """Return how many mutants Yosys can be asked for.

        Asked for more than it comes across, it never ends: it is only sure to come across cells
        with a source line, each bit of which can be inverted, stuck at 0 and stuck at 1. Asked for
        all, it lists them in order.
        """
        inverted = (self.folder / "inverted.txt").read_text().splitlines()
        return max(1, 3 * sum(" -src " in line for line in inverted) - 1)

    def drawn(self, seed: int, needed: set[str]) -> list[str]:
        """Return the mutants of a seed, without those of cells that only trace or poison need."""
        lines = (self.folder / f"drawn-{seed}.txt").read_text().splitlines()
        return [
            line
            for line in lines
            if line
            and cell_of(line) in needed
            and not (cell_of(line) in self.unclocked and re.search(CLOCKED_PORTS, line))
        ]

    def compile(self) -> Simulator:
        """Return the simulator of all mutants."""
        chosen = [
            f"mutate -ctrl mutsel {BITS} {mutant.number} {mutant.command.removeprefix('mutate ')}"
            for mutant in self.mutants
        ]
        script = ["read_rtlil flat.il", *chosen, "opt_clean", "write_rtlil all.il"]
        run_yosys("\n".join([*script, "write_verilog -noattr all.v\n"]), self.folder)
        verilog = (self.folder / "all.v").read_text()
        ports = Ports.of(self.job.make())
        face = face_source(ports, plain=True, mutants=True)
        return build(
            verilog, lambda: verilog, self.name, [*ports.driven, "mutsel"], ports.read, face
        )

    def run(self, seed: int, steps: int, known: dict[str, str]) -> Iterator[Mutant]:
        """Yield the mutants with their verdicts; `known` are verdicts of an earlier run."""
        judge, compiled = Judge(self.job, seed, steps), self.compile()
        assert judge.unnoticed(compiled, 0), "the circuit itself fails its bench"
        for mutant in self.mutants:
            verdict = known.get(mutant.command, "")
            if not verdict:
                verdict = "killed"
                if judge.unnoticed(compiled, mutant.number):
                    verdict = str(self.compare(mutant))
            yield Mutant(mutant.number, mutant.command, verdict)
        assert judge.unnoticed(compiled, 0), "a mutant left something behind"

    def compare(self, mutant: Mutant) -> Verdict:
        """Hold a mutant against the circuit: a part that it is in, if that will do."""
        if self.parts.equal(mutant.command):
            return Verdict(True)
        return self.forms.compare(mutant.number, *([IN_VAIN] if self.large else []))

    @cached_property
    def parts(self) -> Parts:
        """The netlist without any mutant, taken apart; in a folder of its own."""
        folder = self.folder / "parts"
        folder.mkdir(exist_ok=True)
        shutil.copy(self.folder / "flat.il", folder)
        return Parts("flat.il", self.name, folder)

    @cached_property
    def forms(self) -> Forms:
        """The netlist in which an input chooses the mutant."""
        return Forms("read_rtlil all.il", self.name, "mutsel", self.folder)


def score(
    bench: type[Bench],
    config: str,
    folder: Path,
    *,
    count: int | None,
    seed: int,
    steps: int,
    draws: Sequence[int] = DRAWS,
) -> dict[str, Any]:
    """Judge the mutants of a circuit; verdicts are kept in `folder`, so a run can be resumed.

    `count` are drawn by each seed; default: :data:`COUNT`, or :data:`FEW`.

    Returns
    -------
    dict
        How many were ``killed``, ``survived`` and ``equivalent``, the same by seed of the draw
        (``draws``), of ``count`` each, and what survived.
    """
    mutation = Mutation(bench, config, folder, count, draws)
    source = (folder / "design.il").read_text()
    files = (ROOT / "signoff" / f"{name}.py" for name in ("equivalence", "parts"))
    method = "".join(file.read_text() for file in files)  # a verdict is as good as these are
    about_bench = f"{seed} {steps} {sources(bench.circuit, 'netlist mutants')}"
    keys = [digest(source, method), digest(source, method, about_bench)]
    path = folder / "verdicts.json"
    before, known = read_kept(path, parsed) or ([""], {})
    if before != keys:  # a mutant that equals the circuit does so on any bench
        same = before[0] == keys[0]
        known = {name: v for name, v in known.items() if same and v == "equivalent"}
    for mutant in mutation.run(seed, steps, known):
        known[mutant.command] = mutant.verdict
        if mutant.verdict != "killed":
            write_json(path, {"keys": keys, "verdicts": known})
    write_json(path, {"keys": keys, "verdicts": known})
    return {
        **counts(known, (mutant.command for mutant in mutation.mutants)),
        "count": mutation.count,
        "draws": {seed: counts(known, drawn) for seed, drawn in mutation.draws.items()},
        "survivors": [
            f"{mutant.what}: {verdict}"
            for mutant in mutation.mutants
            if (verdict := known[mutant.command]).startswith("survived")
        ],
    }


def parsed(kept: Any) -> tuple[list[str], dict[str, str]]:
    """Return the keys and the verdicts that an earlier run has kept."""
    keys, found = kept["keys"], kept["verdicts"].items()
    return [str(key) for key in keys] or [""], {str(name): str(verdict) for name, verdict in found}


def counts(verdicts: Mapping[str, str], commands: Iterable[str]) -> dict[str, int]:
    """Return how many of some mutants there are per verdict."""
    found = Counter(verdicts[command].partition(",")[0] for command in commands)
    return {verdict: found[verdict] for verdict in ("killed", "survived", "equivalent")}


def digest(*texts: str) -> str:
    """Return a hash of texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
