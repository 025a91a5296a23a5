"""Wrong pins: every output pin of a circuit inverted and stuck, every bundle of lines misplaced.

The circuit's own bench has to notice each. An output is made wrong in what was seen of it: the
stimulus is drawn beforehand, so that no pin has an effect on the run. With the lines of an input
misplaced, the circuit runs once more.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.bench.scoreboard import compare_pins
from goldspike.cosim.bench.stimulus import get_lines, set_lines
from goldspike.cosim.lockstep.replay import Replay
from goldspike.cosim.simulator.compile import compile_circuit

__all__ = ["Wrong", "smallest", "survivors", "unnoticed", "wrongs"]

KINDS = ("inverted", "stuck at 0", "stuck at 1")
ORDERS = ("reversed", "shifted up", "shifted down", "first two swapped")


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong with a circuit.

    Attributes
    ----------
    port : str
    kind : str
        One of `KINDS`, or of `ORDERS`.
    line : int, optional
        The line of the port that is inverted or stuck; of a misplaced bundle, none.
    """

    port: str
    kind: str
    line: int | None = None

    def __str__(self) -> str:
        line = "" if self.line is None else f"[{self.line}]"
        return f"{self.port}{line} {self.kind}"


def wrongs(ports: Ports) -> Iterator[Wrong]:
    """Yield all that can be wrong with the pins of a circuit."""
    names = {**ports.inputs, **ports.outputs}
    for port, width in names.items():
        if port in ports.outputs:
            for line in range(width):
                for kind in KINDS:
                    yield Wrong(port, kind, line)
        if width > 1:
            for kind in ORDERS if width > 2 else ORDERS[:1]:
                yield Wrong(port, kind)


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


def misplaced(lines: np.ndarray, order: str) -> np.ndarray:
    """Return the lines of a bundle, shape ``(rows, width)``, in another order."""
    if order == "reversed":
        return lines[:, ::-1]
    if order == "first two swapped":
        return np.hstack([lines[:, 1::-1], lines[:, 2:]])
    return np.roll(lines, 1 if order == "shifted up" else -1, axis=1)


def made_wrong(records: np.ndarray, wrong: Wrong, width: int) -> np.ndarray:
    """Return rows of stimulus, or records of the output pins, with one thing wrong."""
    records = records.copy()
    lines = get_lines(records, wrong.port, width)
    if wrong.line is None:
        lines = misplaced(lines, wrong.kind)
    else:
        line = lines[:, wrong.line]
        line[:] = ~line if wrong.kind == "inverted" else wrong.kind == "stuck at 1"
    set_lines(records, wrong.port, lines)
    return records


def unnoticed(
    bench: type[Bench], config: str, faults: Iterable[Wrong], *, seed: int = 1
) -> list[Wrong]:
    """Return those of some faults that a circuit's bench does not notice with a configuration.

    Runs are without the resets that come first elsewhere: they say nothing of pins.
    """
    replay = Replay.drawn(bench(config), seed, bench.steps)
    circuit = replay.job.make()
    compiled, ports = compile_circuit(circuit), Ports.of(circuit)
    widths = {**ports.inputs, **ports.outputs}

    def run(rows: np.ndarray, patience: int | None = None) -> tuple[bool, np.ndarray, int]:
        """Return whether all is as expected, what the output pins do, and how long it took."""
        with replay.simulator(compiled, patience) as simulator:
            simulator.watched = True
            records = simulator.run(rows, replay.end)
            fine = replay.compare(simulator, records) is None
            return fine, simulator.pins, simulator.evaluated

    def fine(wrong: Wrong) -> bool:
        if wrong.port in ports.outputs:
            shown = made_wrong(pins, wrong, widths[wrong.port])
            return compare_pins(replay.pins, shown, replay.end) is None
        try:
            return run(made_wrong(replay.rows, wrong, widths[wrong.port]), 2 * ticks)[0]
        except TimeoutError:  # it never rests
            return False

    right, pins, ticks = run(replay.rows)
    assert right, "the circuit itself fails its bench"
    return [wrong for wrong in faults if fine(wrong)]


def excused(bench: type[Bench], wrong: Wrong) -> bool:
    """Return whether a bench says why a wrong pin need not be noticed.

    Its lines are alike, so that their order means nothing; or the line is never up while it means
    anything; or coverage does not ask for both levels of the bit.
    """
    if wrong.line is None:
        return wrong.port in bench.checks.alike
    line = f"{wrong.port}[{wrong.line}]"
    if wrong.kind == "stuck at 0" and line in bench.checks.low:
        return True
    bit = f"{bench.rtl.__name__}.{line}"
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
