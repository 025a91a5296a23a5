"""The always-on SNN as its user sees it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from goldspike.chip import (
    Choices,
    DrawsCharts,
    ImportJob,
    ImportsNetworks,
    Row,
    RunsNetworks,
    Trains,
)
from goldspike.workloads.settings import Setting, Settings, whole, wholes

if TYPE_CHECKING:
    from goldspike.alwayson.loaded import LoadedNetwork

__all__ = ["CHIP", "AlwaysOn"]


def policy(text: str) -> str:
    """Read the name of a policy of the arbiters."""
    if text not in ("fixed", "round_robin"):
        raise ValueError("fixed or round_robin expected")
    return text


SETTINGS = {
    "layers": Setting(
        read=wholes, default="256,128,128,128,10", help="neurons of every core of the chip"
    ),
    "thresholds": Setting(read=wholes, default="the network's", help="of every core but the last"),
    "neuron_clock": Setting(
        read=whole, default="1", help="ticks of either phase of the neurons' clocks"
    ),
    "synapse_clock": Setting(
        read=whole, default="4", help="ticks of either phase of the synapse blocks' clocks"
    ),
    "policy": Setting(read=policy, default="fixed", help="of the arbiters: fixed or round_robin"),
    "output_bits": Setting(read=whole, default="12", help="bits of an output potential"),
    "bits": Setting(read=whole, default="6", help="bits of an input rate, 1..8"),
    "frame": Setting(
        read=whole, default="280000", help="ticks (1/140 ms) until the output core is frozen"
    ),
    "settle": Setting(read=whole, default="2000", help="ticks at the end of a frame without input"),
    "seed": Setting(read=whole, default="1", help="seed of the phases of the input"),
}


class AlwaysOn(RunsNetworks, DrawsCharts, Trains, ImportsNetworks):
    """The always-on SNN (Chundi 2021): neurons that sleep until a spike wakes them."""

    name = "alwayson"
    title = "always-on SNN"
    sentence = (
        "binary weights; neurons and synapse blocks that a spike wakes: power gating, clocks on "
        "demand"
    )
    default_net = "nets/alwayson_digits.npz"
    circuit_samples = 10
    configurations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "lossless": {},
        "paper": {"bits": "8", "frame": "70000", "settle": "0"},
    }
    worth_a_job: ClassVar[Mapping[str, int]] = {"model": 250, "rtl": 4, "lockstep": 4}

    @property
    def settings(self) -> Settings:
        """What ``--set`` may change: the chip, and how its input is coded."""
        return SETTINGS

    def load(self, path: Path, choices: Choices) -> "LoadedNetwork":
        """Read a fully connected network of weights -1 and +1."""
        from goldspike.alwayson.loaded import load

        return load(path, choices)

    def import_net(self, job: ImportJob) -> str:
        """Read a NIR graph of Linear and IF or LIF nodes."""
        from goldspike.alwayson.nir import import_graph, table

        return table(import_graph(job, self.choose(job.config, job.assignments)))

    def rows(self, report: Mapping[str, Any]) -> list[Row]:
        """Return what every block did, what was missed, time and energy."""
        from goldspike.alwayson.summary import result_rows

        return result_rows(report)


CHIP = AlwaysOn
