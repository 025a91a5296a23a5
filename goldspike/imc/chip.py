"""The CIM CNN accelerator as its user sees it."""

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
)
from goldspike.model.errors import InputError
from goldspike.workloads.settings import Setting, Settings, whole

if TYPE_CHECKING:
    from goldspike.imc.loaded import LoadedCnn
    from goldspike.workloads.dataset import Dataset, Split

__all__ = ["CHIP", "Imc"]


def rates(text: str) -> tuple[int, ...]:
    """Read whole numbers with slashes between: ``4/2/1``."""
    return tuple(whole(part) for part in text.split("/"))


SETTINGS = {
    "rows_per_tick": Setting(
        read=whole, default="16", help="crossbar rows that are converted in a tick"
    ),
    "word_bits": Setting(read=whole, default="128", help="bits of a word of memories and links"),
    "depth": Setting(read=whole, default="512", help="words of every input memory"),
    "crossbar": Setting(
        read=whole,
        default="as a chain's largest layer needs, else 256",
        help="rows and columns of a crossbar; layers beyond are split over cores",
    ),
    "link_bits": Setting(
        read=whole, default="as many as asked for", help="bits that a link carries in a timestep"
    ),
    "calibration": Setting(
        read=str,
        default="the data that is run",
        help="images that set the activations' scales, if the network has none: the first 100",
    ),
    "replicas": Setting(
        read=rates,
        default="1",
        help="outputs per timestep of every layer, or by size of image, the largest first: 4/2/1",
    ),
    "cores": Setting(
        read=whole, default="as many as needed", help="cores of the array; the mapper fills them"
    ),
    "placement": Setting(
        read=str, default="the mapper's, or a core per part", help="a placement written as JSON"
    ),
}


class Imc(RunsNetworks, DrawsCharts, ImportsNetworks):
    """The CIM CNN accelerator (Dazzi 2021): layers on cores, a pixel per timestep."""

    name = "imc"
    title = "CIM CNN accelerator"
    sentence = "cores around a compute-in-memory crossbar that stream a CNN, a pixel per timestep"
    default_net = "nets/imc_digits.npz"
    circuit_samples = 20
    imports = ".onnx"
    configurations: ClassVar[Mapping[str, Mapping[str, str]]] = {"digits": {}}

    @property
    def settings(self) -> Settings:
        """What ``--set`` may change."""
        return SETTINGS

    @property
    def all_settings(self) -> Mapping[str, Settings]:
        """Every group of settings by its title."""
        from goldspike.imc.onnx import SETTINGS as READING

        return {**super().all_settings, "settings of the import": READING}

    def data(self, path: str | None, split: "Split" = "test") -> "Dataset":
        """Return a data set, grey or in colours; by default the one that ships."""
        from goldspike.workloads.dataset import load_dataset

        return load_dataset(path, split, colours=True) if path else super().data(path, split)

    def load(self, path: Path, choices: Choices) -> "LoadedCnn":
        """Read an integer CNN."""
        from goldspike.imc.loaded import load

        return load(path, choices)

    def rows(self, report: Mapping[str, Any]) -> list[Row]:
        """Return latency, interval, memory accesses, use of the links and energy."""
        from goldspike.imc.energy import energy_rows

        samples, latency = report["samples"], report["latency_timesteps"]
        timestep, ticks = report["timestep_ticks"], report["ticks"]
        rows = [
            ("cores", f"{report['cores']} for {report['layers']} layers"),
            (
                "latency",
                f"{latency:.1f} timesteps of {timestep} ticks: {ticks:.0f}; first image "
                f"{report['first_latency_timesteps']}",
            ),
            ("interval", f"{report['interval_timesteps']:.1f} timesteps"),
        ]
        if "calibration" in report:
            rows.append(("activations", f"scaled on {report['calibration']}"))
        for name, members in report["counts"].items():
            mean = ", ".join(f"{n / samples:.1f} {key}" for key, n in members.items())
            rows.append((name, f"{mean}; link in use {100 * report['link_use'][name]:.1f} %"))
        if "placement" in report:
            mapped = report["placement"]
            said = (
                f"first answer after {mapped['latency_timesteps']} timesteps, one every "
                f"{mapped['interval_timesteps']}, says the mapper; "
                f"{100 * mapped['utilisation']:.1f} % of devices in use"
            )
            rows.insert(1, ("placement", said))
        metrics = report["neurobench"]
        memory, zero = metrics["footprint"], 100 * metrics["connection_sparsity"]
        quiet = 100 * metrics["activation_sparsity"]
        each = ", ".join(
            f"{name} {100 * part:.1f}"
            for name, part in metrics["activation_sparsity_by_layer"].items()
        )
        dense = sum(layer["dense"] for layer in metrics["operations"].values())
        return [
            *rows,
            *energy_rows(report["energy"]),
            ("operations", f"{dense} multiplications and additions per sample"),
            ("memory", f"{memory['weight_bytes']} bytes of weights, {memory['state_bytes']} of "
             "input memories"),
            ("sparsity", f"{quiet:.2f} % of activations ({each}), {zero:.2f} % of connections"),
        ]  # fmt: skip

    def import_net(self, job: ImportJob) -> str:
        """Read an ONNX graph of convolutions, round it to 8 bits."""
        from goldspike.imc.onnx import import_onnx, table

        for name in (name for name, value in job.options.items() if value):
            raise InputError(f"--{name.replace('_', '-')} is for networks that spike, not for imc.")
        words = [*self.choose(job.config).assignments, *job.assignments]
        result = import_onnx(
            job.path, job.out, chip_settings=self.settings, data=job.data, samples=job.samples,
            assignments=words, report=job.report,
        )  # fmt: skip
        return table(result)


CHIP = Imc
