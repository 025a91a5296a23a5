"""Wrong pins: every output pin of a circuit inverted and stuck, every bundle of lines misplaced.

The circuit is compiled once, inside a module that makes one pin or one bundle wrong, whichever an
input selects. Its own bench has to notice each.
"""

import ctypes
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.lockstep.replay import Replay
from goldspike.cosim.simulator.build import Simulator, build
from goldspike.cosim.simulator.compile import face_source
from goldspike.hdl.cells import CELLS
from goldspike.hdl.verilog import module_name, to_verilog

__all__ = ["Wrong", "smallest", "survivors", "unnoticed", "wrongs"]

KINDS = ("inverted", "stuck at 0", "stuck at 1")
ORDERS = ("reversed", "shifted up", "shifted down", "first two swapped")


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong with a circuit.

    Attributes
    ----------
    port : str
    place : int
        Number of the port.
    kind : str
        One of `KINDS`, or of `ORDERS`.
    line : int, optional
        The line of the port that is inverted or stuck; of a misplaced bundle, none.
    """

    port: str
    place: int
    kind: str
    line: int | None = None

    @property
    def number(self) -> int:
        """What selects it."""
        kind = 1 + (*KINDS, *ORDERS).index(self.kind)
        return kind << 28 | self.place << 16 | (self.line or 0)

    def __str__(self) -> str:
        line = "" if self.line is None else f"[{self.line}]"
        return f"{self.port}{line} {self.kind}"


def wrongs(ports: Ports) -> Iterator[Wrong]:
    """Yield all that can be wrong with the pins of a circuit."""
    names = {**ports.inputs, **ports.outputs}
    for place, (port, width) in enumerate(names.items()):
        if port in ports.outputs:
            for line in range(width):
                for kind in KINDS:
                    yield Wrong(port, place, kind, line)
        if width > 1:
            for kind in ORDERS if width > 2 else ORDERS[:1]:
                yield Wrong(port, place, kind)


def smallest(bench: type[Bench]) -> str:
    """Return the configuration with the fewest pins in which no bundle is a single line."""
    ports = {name: Ports.of(bench.rtl(params)) for name, params in bench.configs.items()}
    widths = {name: {**own.inputs, **own.outputs} for name, own in ports.items()}
    bundles = {pin for own in widths.values() for pin, width in own.items() if width > 1}
    whole = {
        name: own
        for name, own in widths.items()
        if all(own.get(pin, 1) > 1 for pin in bundles if pin in own)
    }
    return min(whole or widths, key=lambda name: sum(widths[name].values()))


def shifted(bits: str, width: int, kind: str) -> str:
    """Return the Verilog expression of `width` lines in another order."""
    order = list(range(width))
    if kind == "reversed":
        order = order[::-1]
    elif kind == "first two swapped":
        order[:2] = order[1::-1]
    else:
        by = -1 if kind == "shifted up" else 1
        order = order[by:] + order[:by]
    return "{" + ", ".join(f"{bits}[{line}]" for line in reversed(order)) + "}"


def wrapped(name: str, verilog: str, ports: Ports) -> str:
    """Return a module like a circuit's, called ``wrong_pins``, whose pins can be wrong."""
    trace = {"trace_valid": 1, "trace_toggle": 1, "trace_word": ports.trace_bits}
    trace = {port: width for port, width in trace.items() if port in ports.read}
    plain = {port: 1 for port in ("clk", "rst") if port in ports.driven}
    if found := re.search(r"^ *input (?:\[(\d+):0\] )?elapsed;", verilog, re.MULTILINE):
        plain["elapsed"] = int(found[1] or 0) + 1
    named = {port: f"\\{port} " if f"\\{port} " in verilog else port for port in ports.inputs}

    def declared(way: str, widths: dict[str, int]) -> list[str]:
        return [f"{way} [{width - 1}:0] {named.get(p, p)}" for p, width in widths.items()]

    header = [
        *declared("input", {**plain, **ports.inputs, "mutsel": 32}),
        *declared("output", {**ports.outputs, **trace}),
    ]
    joined = [f".{p}({p})" for p in (*plain, *trace)]
    body = []
    for place, (port, width) in enumerate({**ports.inputs, **ports.outputs}.items()):
        target, source = f"wrong_{port}", named.get(port, port)
        joined.append(f".{named.get(port, port)}({target})")
        body.append(f"wire [{width - 1}:0] {target};")
        if port in ports.outputs:
            target, source = source, target
        value = source
        if width > 1:
            for kind in ORDERS:
                number = 1 + (*KINDS, *ORDERS).index(kind)
                order = shifted(source, width, kind)
                value = f"(kind == {number} && port == {place}) ? {order} : {value}"
        if port in ports.outputs:
            body.append(f"wire [{width - 1}:0] at_{port} = port == {place} ? one << line : 0;")
            flip, low, high = (f"(kind == {k} ? at_{port} : 0)" for k in (1, 2, 3))
            value = f"((({value}) ^ {flip}) & ~{low}) | {high}"
        body.append(f"assign {target} = {value};")
    widest = max(ports.outputs.values())
    return f"""{verilog}
module wrong_pins({", ".join(header)});
wire [3:0] kind = mutsel[31:28];
wire [11:0] port = mutsel[27:16];
wire [15:0] line = mutsel[15:0];
wire [{widest - 1}:0] one = 1;
{chr(10).join(body)}
{name} dut({", ".join(joined)});
endmodule
"""


def compile_wrong(job: Bench) -> Simulator:
    """Return the simulator of a bench's circuit with any wrong pin."""
    component = job.make()
    ports = Ports.of(component)
    verilog = wrapped(module_name(component), to_verilog(component), ports)
    face = face_source(ports, mutants=True)
    cells = "" if ports.clocked else CELLS.read_text()
    driven = [*ports.driven, "mutsel"]
    return build(
        verilog + cells, lambda: verilog, "wrong_pins", driven, ports.read, face, cells=cells
    )


def unnoticed(
    bench: type[Bench], config: str, faults: Iterable[Wrong], *, seed: int = 1
) -> list[Wrong]:
    """Return those of some faults that a circuit's bench does not notice with a configuration."""
    replay = Replay.drawn(bench(config), seed, bench.steps)
    compiled = compile_wrong(replay.job)
    library = ctypes.CDLL(str(compiled.library))
    patience = None

    def fine(number: int) -> bool:
        """Run once, without the resets that come first elsewhere: they say nothing of pins."""
        nonlocal patience
        library.goldspike_mutant(ctypes.c_int32(number))
        try:
            with replay.simulator(compiled, patience) as simulator:
                simulator.watched = True
                records = simulator.run(replay.rows, replay.end)
                patience = patience or 2 * simulator.evaluated
                return replay.compare(simulator, records) is None
        except TimeoutError:  # it never rests
            return False

    assert fine(0), "the circuit itself fails its bench"
    left = [wrong for wrong in faults if fine(wrong.number)]
    assert fine(0), "a wrong pin left something behind"
    return left


def excused(bench: type[Bench], wrong: Wrong) -> bool:
    """Return whether a bench says why a wrong pin need not be noticed.

    Its lines are alike, so that their order means nothing; or coverage does not ask for both levels
    of the bit.
    """
    if wrong.line is None:
        return wrong.port in bench.checks.alike
    bit = f"{bench.rtl.__name__}.{wrong.port}[{wrong.line}]"
    stuck = wrong.kind != KINDS[0]
    exclusions = (e.what for e in bench.checks.exclusions if e.kind == "bits")
    return stuck and any(re.fullmatch(what, bit) for what in exclusions)


def survivors(bench: type[Bench]) -> list[Wrong]:
    """Return what no configuration notices: the smallest first, others for what is left."""
    first = smallest(bench)
    others = sorted(
        set(bench.configs) - {first, *bench.checks.slow}, key=lambda name: weight(bench, name)
    )
    left = {str(wrong): wrong for wrong in known(bench, first) if not excused(bench, wrong)}
    for config in (first, *others):
        faults = [wrong for wrong in known(bench, config) if str(wrong) in left]
        passed = {str(wrong) for wrong in unnoticed(bench, config, faults)} if faults else set()
        for name in {str(wrong) for wrong in faults} - passed:
            del left[name]
    return list(left.values())


def known(bench: type[Bench], config: str) -> Iterator[Wrong]:
    """Yield all that can be wrong with the pins of a configuration."""
    return wrongs(Ports.of(bench.rtl(bench.configs[config])))


def weight(bench: type[Bench], config: str) -> int:
    """Return how many pins a configuration has."""
    ports = Ports.of(bench.rtl(bench.configs[config]))
    return sum(ports.inputs.values()) + sum(ports.outputs.values())
