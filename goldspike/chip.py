"""A chip as its user sees it: the one interface that all commands know, and nothing else of a chip.

A chip is a folder ``goldspike/<chip>/`` whose ``chip.py`` holds its class as ``CHIP``; no table
names it. The class is a :class:`Chip` and, for each thing that it can do, one of the classes after
it: :class:`RunsNetworks`, :class:`DrawsCharts`, :class:`TakesEvents`, :class:`Trains`,
:class:`ImportsNetworks`, :class:`ExportsNetworks`. Whoever needs one of them asks
:func:`goldspike.chips.need`, which says in one sentence that the chip lacks it and which chips have
it.

``chip.py`` of a chip must be light: whatever compiles, draws or builds circuits is imported inside
the methods that need it, so that ``goldspike list`` is quick and a golden run loads no circuit.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from goldspike.model.errors import unknown
from goldspike.workloads.settings import Settings, read_settings

if TYPE_CHECKING:
    import numpy as np

    from goldspike.training import Trainer
    from goldspike.workloads.dataset import Dataset, Split

__all__ = [
    "Arrays",
    "Capability",
    "Chip",
    "Choices",
    "DrawsCharts",
    "Engine",
    "ExportsNetworks",
    "ImportJob",
    "ImportsNetworks",
    "Loaded",
    "Recording",
    "Row",
    "RunsNetworks",
    "TakesEvents",
    "Trains",
]

Arrays = dict[str, "np.ndarray"]
"""What is kept of every sample, by name."""

Row = tuple[str, str]
"""A row of a table for the screen: what, and how much."""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a user chose for a chip.

    Attributes
    ----------
    values : mapping of str to value
        The settings given, by ``--set`` or by the configuration; others keep their defaults.
    assignments : tuple of str
        The same as ``NAME=VALUE``, for sentences about them.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    assignments: tuple[str, ...] = ()


class Chip(ABC):
    """A chip; what every chip has."""

    name: ClassVar[str]
    """Its folder in every wing."""
    title: ClassVar[str]
    """Its name in text."""
    sentence: ClassVar[str]
    """What it is."""
    configurations: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    """Named configurations, the published one first: settings as text, by name."""

    workload: ClassVar[str] = ""
    """What runs on it, if the chip has several kinds of work."""

    @property
    def settings(self) -> Settings:
        """What ``--set`` may change."""
        return {}

    @property
    def workloads(self) -> "Mapping[str, type[Chip]]":
        """The chip by what runs on it, the default first; empty if there is one kind only."""
        return {}

    def choose(self, config: str | None = None, assignments: Sequence[str] = ()) -> Choices:
        """Read a configuration and assignments; an assignment replaces the configuration's value.

        Raises
        ------
        InputError
            If a name is unknown or a value cannot be read.
        """
        given = read_settings(assignments, self.settings, self.name)
        texts: dict[str, str] = {}
        if config is not None:
            if config not in self.configurations:
                raise unknown(f"configuration of {self.name}", config, self.configurations)
            texts = {k: v for k, v in self.configurations[config].items() if k not in given}
        words = tuple(f"{name}={text}" for name, text in texts.items())
        values = read_settings(words, self.settings, self.name) | given
        return Choices(values=values, assignments=(*words, *assignments))

    @property
    def all_settings(self) -> Mapping[str, Settings]:
        """Every group of settings by its title, for ``goldspike list CHIP``."""
        return {"settings": self.settings} if self.settings else {}

    @property
    def reports(self) -> tuple[str, ...]:
        """Its reports, which stand published numbers beside ours: its ``report_*.py``."""
        found = sorted((Path(__file__).parent / self.name).glob("report_*.py"))
        return tuple(path.stem.removeprefix("report_").replace("_", "-") for path in found)

    def report(self, name: str, folder: Path) -> str:
        """Write a report's files into `folder`; return its tables as text."""
        module = import_module(f"goldspike.{self.name}.report_{name.replace('-', '_')}")
        return module.write(folder)


class Capability(Chip):
    """A chip that can do one thing more."""

    lacking: ClassVar[str]
    """What is said of a chip that cannot."""


class Engine(ABC):
    """What runs samples on a chip: its golden model, its circuit, or both in lockstep.

    Nothing that one engine reports comes from another; all return the same results.
    """

    threads: ClassVar[bool] = False
    """Whether several threads may run samples at once, and leave each other the processor."""

    @abstractmethod
    def run(self, inputs: "np.ndarray", begin: int, end: int) -> Iterator[Any]:
        """Run samples ``begin .. end - 1``; yield results.

        A result has ``samples``, how many samples it is of; what else is in it, the chip knows.

        Raises
        ------
        LockstepError
            At the first mismatch.
        """

    def close(self) -> None:  # noqa: B027  an engine may have nothing to free
        """Free what was built."""


class Loaded(ABC):
    """A network on a chip, with its settings: ready to run on any engine."""

    seed: int = 0
    """Of whatever a run draws; the same for all engines."""
    classes: int
    """Classes that the network can answer, 0 .. classes - 1."""

    @abstractmethod
    def inputs(self, dataset: "Dataset") -> "np.ndarray":
        """Return a data set as the chip takes it, one sample per entry.

        Raises
        ------
        InputError
            If it does not fit the network.
        """

    @abstractmethod
    def start(self, engine: str) -> Engine:
        """Return an engine with the network in it; may compile."""

    @abstractmethod
    def summarise(self, results: Sequence[Any], labels: "np.ndarray") -> dict[str, Any]:
        """Return ``accuracy`` (one entry per read-out), ``counts`` (by part), ``ticks``, ...

        An ``energy`` has its ``model`` and ``nJ_per_sample``.
        """

    @abstractmethod
    def collect(self, results: Sequence[Any], labels: "np.ndarray") -> Arrays:
        """Return what is kept of every sample."""


class RunsNetworks(Capability):
    """A chip that runs a network over a data set: ``goldspike sim``, ``goldspike sweep``."""

    lacking = "runs no networks"
    default_net: ClassVar[str]
    """The network that ships, under the project's root."""
    nets: ClassVar[Mapping[str, str]] = {}
    """Those of other configurations, by name."""
    engines: ClassVar[tuple[str, ...]] = ("model", "rtl", "lockstep")
    circuit_samples: ClassVar[int] = 20
    """Samples that engines other than ``model`` run by default."""
    worth_a_job: ClassVar[Mapping[str, int]] = {}
    """Samples that repay the start of one more process, by engine; none: samples depend on each
    other, and one process runs them all."""

    def data(self, path: str | None, split: "Split" = "test") -> "Dataset":
        """Return a data set, by default the one that ships."""
        from goldspike.workloads.dataset import digits, load_dataset

        return load_dataset(path, split) if path else digits(split)

    @abstractmethod
    def load(self, path: Path, choices: Choices) -> Loaded:
        """Read a network file and put it on the chip.

        Raises
        ------
        InputError
            If the file or a setting cannot be used, or the network does not fit.
        """

    @abstractmethod
    def rows(self, report: Mapping[str, Any]) -> list[Row]:
        """Return what a report's table says between the accuracy and the wall time."""


class DrawsCharts(Capability):
    """Draws what a run looks like: ``goldspike sim --report``."""

    lacking = "draws no charts of a run"

    def charts(self, report: dict[str, Any], arrays: Arrays, folder: Path) -> str:
        """Write charts of a run as CSV, PNG and SVG; return a summary as text.

        By default ``goldspike/<chip>/charts.py`` does, whose ``write_charts`` takes the same.

        Parameters
        ----------
        report : dict
            As the run's JSON has it.
        arrays : dict of arrays
            As the .npz beside it has them.
        folder : Path
            Made if it is missing.
        """
        return import_module(f"goldspike.{self.name}.charts").write_charts(report, arrays, folder)


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A recording of events and how to read it.

    Attributes
    ----------
    path : str
        The file.
    options : mapping of str to str
        Options of ``goldspike sim --events`` that say how to read it, by name, those given.
    """

    path: str
    options: Mapping[str, str] = field(default_factory=dict)


class TakesEvents(Capability):
    """Runs recorded events: ``goldspike sim --events``."""

    lacking = "takes no recordings of events"

    @abstractmethod
    def run_events(
        self,
        recording: Recording,
        *,
        net: str | None,
        engine: str,
        config: str | None,
        assignments: Sequence[str],
        out: Path | None = None,
        out_events: Path | None = None,
        raster: Path | None = None,
    ) -> dict[str, Any]:
        """Run a recording as one sample; write report (JSON), output spikes and raster (PNG).

        Raises
        ------
        InputError
            If anything that was asked for cannot be had; nothing written earlier is touched.
        LockstepError
            If the circuit differs from its model.
        """

    @abstractmethod
    def event_rows(self, report: Mapping[str, Any]) -> list[Row]:
        """Return the report of a recording as a table's rows."""


class Trains(Capability):
    """Trains a network from the training part of a data set: ``goldspike train``."""

    lacking = "has no trainer"

    @property
    def trainer(self) -> "Trainer[Any, Any, Any]":
        """How it trains; what ``--set`` may change is in its settings.

        By default it is ``TRAINER`` of ``goldspike/<chip>/train.py``.
        """
        return import_module(f"goldspike.{self.name}.train").TRAINER

    @property
    def all_settings(self) -> Mapping[str, Settings]:
        """Every group of settings by its title."""
        return {**super().all_settings, "settings of the trainer": self.trainer.settings}


@dataclass(frozen=True, kw_only=True)
class ImportJob:
    """What ``goldspike import`` was asked for.

    Parameters
    ----------
    path, out : str
        The file to read, and the network to write.
    data : str, optional
        Data set on which the accuracy before and after is measured.
    samples : int, optional
        How many of them, from the start.
    report : str, optional
        JSON file for what it cost.
    config : str, optional
        Configuration of the chip.
    assignments : sequence of str
        ``NAME=VALUE`` settings.
    options : mapping
        Those that say how to read the file, by name, those given.
    """

    path: str
    out: str
    data: str | None = None
    samples: int | None = None
    report: str | None = None
    config: str | None = None
    assignments: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


class ImportsNetworks(Capability):
    """Reads networks of other tools: ``goldspike import``."""

    lacking = "imports no networks"
    imports: ClassVar[str] = ".nir"
    """How the names of the files end that it reads."""

    @abstractmethod
    def import_net(self, job: ImportJob) -> str:
        """Read a file, round it to the chip, write the network; return what it cost, as text.

        Raises
        ------
        InputError
            If the chip cannot run it; nothing written earlier is touched.
        """


class ExportsNetworks(Capability):
    """Writes networks for other tools: ``goldspike export``."""

    lacking = "exports no networks"

    @abstractmethod
    def export_net(self, net: str | None, out: str) -> str:
        """Write a network of the chip for other tools; return what was written, as text.

        Raises
        ------
        InputError
            If the network cannot be read, or the file cannot be written.
        """
