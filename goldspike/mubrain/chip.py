"""µBrain as its user sees it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from goldspike.chip import (
    Choices,
    DrawsCharts,
    ExportsNetworks,
    ImportJob,
    ImportsNetworks,
    Recording,
    Row,
    RunsNetworks,
    TakesEvents,
    Trains,
)
from goldspike.model.timebase import seconds
from goldspike.workloads.settings import Settings

if TYPE_CHECKING:
    from goldspike.mubrain.loaded import LoadedNetwork

__all__ = ["CHIP", "MuBrain"]

MEANS = ("spikes", "grants", "operations")
"""Counts shown per sample; the others, which are rare, are shown for the whole run."""


class MuBrain(RunsNetworks, DrawsCharts, TakesEvents, Trains, ImportsNetworks, ExportsNetworks):
    """µBrain (Stuijt 2021): layers of integrate-and-fire neurons behind clockless arbiters."""

    name = "mubrain"
    title = "µBrain"
    sentence = "a clockless spiking processor whose arbiters oscillate only while a spike waits"
    default_net = "nets/digits.npz"
    circuit_samples = 50
    worth_a_job: ClassVar[Mapping[str, int]] = {"model": 250, "rtl": 10, "lockstep": 10}
    configurations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "mnist": {},
        "40nm": {"sizes": "256,256,64,16", "lateral": "19622,0,0", "bias": "0,1,1"},
    }
    nets: ClassVar[Mapping[str, str]] = {"40nm": "nets/mubrain_40nm.npz"}

    @property
    def settings(self) -> Settings:
        """What ``--set`` may change: the chip, and how its input is coded."""
        from goldspike.workloads.mubrain.settings import SETTINGS

        return SETTINGS

    def load(self, path: Path, choices: Choices) -> "LoadedNetwork":
        """Read a network of fully connected layers."""
        from goldspike.mubrain.loaded import load

        return load(path, choices)

    def rows(self, report: Mapping[str, Any]) -> list[Row]:
        """Return counts by part, time and energy."""
        samples = report["samples"]
        rows = []
        for part, members in report["counts"].items():
            shown = (
                f"{count / samples:.1f} {key}" if key in MEANS else f"{count} {key}"
                for key, count in members.items()
            )  # fmt: skip
            rows.append((part, ", ".join(shown)))
        energy = report["energy"]
        rows += [
            ("time per sample", f"{1e3 * seconds(report['ticks']):.3f} ms on the chip"),
            ("energy", f"{energy['nJ_per_sample']:.0f} nJ per sample"),
            ("", energy["model"]),
        ]
        for name, split in energy["splits"].items():
            parts = f"{split['static_nJ']:.0f} static, {split['dynamic_nJ']:.0f} dynamic"
            rows.append((f"split, {name}", f"{split['nJ_per_sample']:.0f} nJ per sample: {parts}"))
            rows.append(("", split["model"]))
        return [*rows, *metric_rows(report["neurobench"])] if "neurobench" in report else rows

    def run_events(
        self,
        recording: Recording,
        *,
        net: str | None = None,
        engine: str = "model",
        config: str | None = None,
        assignments: Sequence[str] = (),
        out: Path | None = None,
        out_events: Path | None = None,
        raster: Path | None = None,
    ) -> dict[str, Any]:
        """Run a recording as one sample."""
        from goldspike.mubrain.events import simulate_events

        return simulate_events(
            self, recording, net=net, engine=engine, config=config, assignments=assignments,
            out=out, out_events=out_events, raster=raster,
        )  # fmt: skip

    def event_rows(self, report: Mapping[str, Any]) -> list[Row]:
        """Return what the sender sent, what every part did, and what was written."""
        sender = report["sender"]
        rows = [
            ("network", f"{report['net']} on {report['chip']} ({report['engine']} engine)"),
            ("events", f"{report['events']}: {sender['read']} read, {sender['sent']} sent"),
            (
                "",
                f"{sender['deselected']} of the other polarity, {sender['delayed']} delayed by up "
                f"to {sender['delay_max']} ticks",
            ),
        ]
        if "accuracy" in report:
            return [*rows, *self.set_rows(report)]
        for name, answer in report["answers"].items():
            rows.append((name, f"class {answer}" if answer >= 0 else "no answer"))
        for part, members in report["counts"].items():
            rows.append((part, ", ".join(f"{count} {key}" for key, count in members.items())))
        return [
            *rows,
            ("time", f"{1e3 * seconds(report['ticks']):.3f} ms on the chip"),
            *metric_rows(report["neurobench"]),
            ("output spikes", report["out_events"]),
            ("raster", report["raster"] or "needs matplotlib, of the extra 'plots'"),
            ("wall time", f"{report['wall_seconds']:.2f} s"),
        ]

    def set_rows(self, report: Mapping[str, Any]) -> list[Row]:
        """Return what a labelled set did, as rows of a table."""
        rows = [("samples", str(report["samples"]))]
        for name, value in report["accuracy"].items():
            silent = report["no_answer"][name]
            said = f"{100 * value:.2f} %  ({silent} without an answer)"
            rows.append((f"accuracy, {name}", said))
        named = ", ".join(f"{number} {name}" for name, number in report["classes"].items())
        return [
            *rows, *([("classes", named)] if named else []), *self.rows(report),
            ("wall time", f"{report['wall_seconds']:.2f} s"),
        ]  # fmt: skip

    def import_net(self, job: ImportJob) -> str:
        """Read a NIR graph of Linear and IF or LIF nodes."""
        from goldspike.mubrain.nir import import_nir, table

        result = import_nir(
            job.path,
            job.out,
            data=job.data,
            samples=job.samples,
            gains=job.options.get("gain"),
            dt=job.options.get("dt"),
            time_step=job.options.get("time_step"),
            drop_leak=job.options.get("drop_leak", False),
            assignments=self.choose(job.config, job.assignments).assignments,
            report=job.report,
        )
        return table(result)

    def export_net(self, net: str | None, out: str) -> str:
        """Write a NIR graph."""
        from goldspike.mubrain.nir import export_nir
        from goldspike.simulation import net_path

        result = export_nir(net_path(self, net), out)
        return f"{out}: {'-'.join(map(str, result['sizes']))}, integrate-and-fire"


def metric_rows(metrics: Mapping[str, Any]) -> list[Row]:
    """Return operations, memory and sparsity as rows of a table."""
    shown = ", ".join(
        f"{found['synaptic']:.0f} in {name}" for name, found in metrics["operations"].items()
    )
    memory = metrics["footprint"]
    quiet = 100 * metrics["activation_sparsity"]
    zero = 100 * metrics["connection_sparsity"]
    return [
        ("operations", f"{shown}, per sample"),
        ("memory", f"{memory['weight_bytes']} bytes of weights, {memory['state_bytes']} of state"),
        ("sparsity", f"{quiet:.2f} % of activations, {zero:.2f} % of connections"),
    ]


CHIP = MuBrain
