"""What to look at in a circuit: signals in groups, each with the way to read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from goldspike.cosim.bench.ports import Ports

__all__ = ["Group", "Scale", "View", "Wave", "high", "lines_of", "ports_view"]

SHOWS = ("auto", "level", "dec", "signed", "hex", "set", "analog", "phases")


@dataclass(frozen=True)
class Scale:
    """How the simulator's time is shown.

    Parameters
    ----------
    origin_ps : int
        The simulator's time, in picoseconds, at which the scale begins.
    unit_ps : int
        What a unit of the scale lasts.
    bench_ps : int
        What a unit of the bench's times lasts.
    label : str
        What stands below the axis.
    clocked : bool
        What happens, happens on whole units, and is up just before.
    """

    origin_ps: int
    unit_ps: int
    bench_ps: int
    label: str
    clocked: bool = True


@dataclass(frozen=True)
class Wave:
    """One signal.

    Parameters
    ----------
    path : str
        Its name below the top module, such as ``detector.pending``.
    label : str
        What stands beside it; default: the name.
    show : str
        ``level``, ``dec``, ``signed``, ``hex``, ``set`` (the numbers of the lines that are up),
        ``analog`` (a staircase), ``phases`` (see `phases`), or ``auto``: a level or a number.
    line : int, optional
        Show this line of the signal only.
    names : mapping of int to str
        Names of states, shown instead of numbers.
    phases : tuple of str
        Strobes that end a phase each; while the signal is up, the phases are shown by name.
    mark : bool
        Every tick on which the signal is up is marked across the whole diagram; without a clock,
        every rise, or, if its name ends on ``_tap``, every change.
    """

    path: str
    label: str = ""
    show: str = "auto"
    line: int | None = None
    names: Mapping[int, str] = field(default_factory=dict)
    phases: tuple[str, ...] = ()
    mark: bool = False

    def __post_init__(self) -> None:
        assert self.show in SHOWS, self.show

    @property
    def title(self) -> str:
        """The label, or the name."""
        line = "" if self.line is None else f"[{self.line}]"
        return self.label or self.path.rpartition(".")[2] + line

    @property
    def paths(self) -> tuple[str, ...]:
        """All signals that it takes to show it."""
        return (self.path, *self.phases)


@dataclass(frozen=True)
class Group:
    """Signals under one heading."""

    title: str
    waves: tuple[Wave, ...]


@dataclass(frozen=True)
class View:
    """A circuit's signals.

    Parameters
    ----------
    title : str
        Heading of the diagram: which circuit.
    source : str
        Which figure or section of the paper it corresponds to.
    groups : tuple of Group
    """

    title: str
    source: str
    groups: tuple[Group, ...]

    @property
    def waves(self) -> tuple[Wave, ...]:
        """All signals in order."""
        return tuple(wave for group in self.groups for wave in group.waves)


def ports_view(circuit: str, ports: Ports) -> View:
    """Return the view of a circuit that has none of its own: all ports."""
    groups = (
        Group("inputs", tuple(Wave(name) for name in ports.inputs)),
        Group("outputs", tuple(Wave(name) for name in ports.outputs)),
    )
    return View(circuit, "", groups)


def lines_of(path: str, lines: list[int], label: str = "") -> tuple[Wave, ...]:
    """Return one wave per line of a signal."""
    return tuple(Wave(path, f"{label or path}[{line}]", line=line) for line in lines)


def high(count: int, *spans: int | tuple[int, int]) -> np.ndarray:
    """Return the level on ticks 1..count of a line that is up on the ticks or spans given."""
    level = np.zeros(count, bool)
    for span in spans:
        first, last = span if isinstance(span, tuple) else (span, span)
        level[first - 1 : last] = True
    return level
