"""The TrueNorth-like cores as their user sees them, one class per workload."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from goldspike.chip import (
    Arrays,
    Chip,
    Choices,
    DrawsCharts,
    ExportsNetworks,
    ImportJob,
    ImportsNetworks,
    Row,
    RunsNetworks,
    Trains,
)
from goldspike.workloads.settings import Setting, Settings, whole

if TYPE_CHECKING:
    from goldspike.training import Trainer
    from goldspike.truenorth.loaded import LoadedCores
    from goldspike.truenorth.maps import LoadedMaps
    from goldspike.workloads.dataset import Split

__all__ = ["CHIP", "TrueNorth"]

SIZE = {
    "axons": Setting(read=whole, default="256", help="axons of a core, to 512"),
    "neurons": Setting(read=whole, default="256", help="neurons of a core, to 512"),
    "depth": Setting(read=whole, default="4", help="packets that a router's queue holds"),
}
ARRAY = {
    "columns": Setting(read=whole, default="0", help="cores to the east; 0: as few as it takes"),
    "rows": Setting(read=whole, default="0", help="cores to the north; 0: as few as it takes"),
    **SIZE,
}


class Cores(RunsNetworks, DrawsCharts):
    """What all workloads share."""

    name = "truenorth"
    title = "TrueNorth-like cores"
    sentence = "256 axons x 256 neurons, events integrated one by one, cores on a mesh of routers"
    configurations: ClassVar[Mapping[str, Mapping[str, str]]] = {"256x256": {}}
    worth_a_job: ClassVar[Mapping[str, int]] = {"model": 200, "rtl": 4, "lockstep": 4}

    @property
    def settings(self) -> Settings:
        """What ``--set`` may change."""
        return ARRAY

    @property
    def workloads(self) -> Mapping[str, type[Chip]]:
        """Fully connected layers, the default; a fixed recurrence; questions; maps; RANC's."""
        return {
            "layers": TrueNorth,
            "sparse-recurrent": SparseRecurrent,
            "trec": Trec,
            "planner": Planner,
            "ranc": Ranc,
        }

    def rows(self, report: Mapping[str, Any]) -> list[Row]:
        """Return cores, time, events, spikes and energy."""
        from goldspike.truenorth.loaded import array_rows

        return array_rows(report)


class TrueNorth(Cores, Trains, ImportsNetworks, ExportsNetworks):
    """Fully connected layers on cores (Diehl et al., weights and activities of 16 levels)."""

    workload = "layers"
    default_net = "nets/truenorth_digits.npz"

    def load(self, path: Path, choices: Choices) -> "LoadedCores":
        """Read a fully connected network of weights -8..7."""
        from goldspike.truenorth.layers import load

        return load(path, choices)

    def import_net(self, job: ImportJob) -> str:
        """Read a NIR graph of Linear or Affine and IF or LIF nodes."""
        from goldspike.truenorth.nir import import_graph, table

        return table(import_graph(job, self.choose(job.config, job.assignments)))

    def export_net(self, net: str | None, out: str) -> str:
        """Write a NIR graph."""
        from goldspike.simulation import net_path
        from goldspike.truenorth.nir import export_nir

        sizes = export_nir(net_path(self, net), out)
        return f"{out}: {'-'.join(map(str, sizes))}, integrate-and-fire"


class SparseRecurrent(Cores, Trains):
    """A core with few learned inputs and a fixed recurrence (Muller et al., Eq. 5)."""

    workload = "sparse-recurrent"
    default_net = "nets/truenorth_sparse_recurrent.npz"

    @property
    def settings(self) -> Settings:
        """What ``--set`` may change: the core is full."""
        return {"depth": SIZE["depth"]}

    def load(self, path: Path, choices: Choices) -> "LoadedCores":
        """Read a layer with its recurrence and its read-out."""
        from goldspike.truenorth.sparse_recurrent import load

        return load(path, choices)

    @property
    def trainer(self) -> "Trainer[Any, Any, Any]":
        """Train the learned inputs and the read-out."""
        from goldspike.truenorth.train_sparse_recurrent import TRAINER

        return TRAINER


class Trec(Cores, Trains):
    """Questions on a recurrent core (Diehl et al.): TREC's six classes."""

    workload = "trec"
    default_net = "nets/truenorth_trec.npz"

    @property
    def settings(self) -> Settings:
        """What ``--set`` may change."""
        return {name: setting for name, setting in SIZE.items() if name != "axons"}

    def data(self, path: str | None, split: "Split" = "test") -> Any:
        """Read questions: a folder of ``.label`` files; those that ship without a path."""
        from goldspike.workloads.truenorth.trec import questions

        return questions(path, split)

    def load(self, path: Path, choices: Choices) -> "LoadedCores":
        """Read a recurrent network of 48 inputs and 16 neurons."""
        from goldspike.truenorth.questions import load

        return load(path, choices)

    @property
    def trainer(self) -> "Trainer[Any, Any, Any]":
        """Train the recurrent network from questions."""
        from goldspike.truenorth.train_trec import TRAINER

        return TRAINER


class Planner(Cores):
    """Maps on a core (Steffen et al., wavefront): first-spike steps are distances."""

    workload = "planner"
    default_net = "data/truenorth_map.txt"

    @property
    def settings(self) -> Settings:
        """What ``--set`` may change."""
        return SIZE

    def data(self, path: str | None, split: "Split" = "test") -> Any:
        """Read a map, or a folder of maps."""
        from goldspike.truenorth.maps import read_maps

        return read_maps(path)

    def load(self, path: Path, choices: Choices) -> "LoadedMaps":
        """Return a core for maps; it takes no network."""
        from goldspike.truenorth.maps import load

        return load(path, choices)

    def rows(self, report: Mapping[str, Any]) -> list[Row]:
        """Return the way of a single map, and what the core did."""
        rows = super().rows(report)
        if "way" in report:
            rows.append(("way", f"costs {report['cost']}" if report["cost"] >= 0 else "none"))
            rows += [("", line) for line in report["way"].splitlines()]
        return rows

    def charts(self, report: dict[str, Any], arrays: Arrays, folder: Path) -> str:
        """Draw every map with its wave and its way."""
        from goldspike.truenorth.map_charts import write_charts

        return write_charts(report, arrays, folder)


class Ranc(Cores):
    """Networks and vectors of RANC, an open reimplementation of such cores."""

    workload = "ranc"
    default_net = "nets/ranc"

    @property
    def settings(self) -> Settings:
        """What ``--set`` may change."""
        return {
            "vectors": Setting(
                read=str, default="tea/256", help="vmm, tea/128, tea/256, tea/512, tea/512_128"
            ),
            "depth": SIZE["depth"],
        }

    def data(self, path: str | None, split: "Split" = "test") -> Any:
        """Read images for its classifier; without a path, the vectors beside the network."""
        from goldspike.truenorth.ranc import Vectors
        from goldspike.workloads.dataset import load_dataset

        return load_dataset(path, split) if path else Vectors()

    def load(self, path: Path, choices: Choices) -> "LoadedCores":
        """Read a folder, or a .tar, of memory files."""
        from goldspike.truenorth.ranc import load

        return load(path, choices)


CHIP = TrueNorth
