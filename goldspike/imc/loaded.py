"""A CNN on an array of cores with its settings: how it is read, run over images, and summed up."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.chip import Arrays, Choices, Engine, Loaded
from goldspike.confusion import confusion_of
from goldspike.imc.energy import energy
from goldspike.imc.engine import Result, run_model, total
from goldspike.imc.metrics import measure
from goldspike.model.errors import InputError
from goldspike.model.files import load_npz
from goldspike.model.imc.array import ArrayParams as ArrayCircuit
from goldspike.model.imc.chain import ChainParams, Weights
from goldspike.model.imc.shared.array import ArrayParams, Kind
from goldspike.model.params import require_int
from goldspike.workloads.dataset import Dataset, load_dataset
from goldspike.workloads.images.arrays import COLOURS
from goldspike.workloads.imc.mapper import Placement
from goldspike.workloads.imc.network import Cnn, images, load_cnn
from goldspike.workloads.imc.placing import Wanted, copies, limits_of, place, promised
from goldspike.workloads.imc.resnet import (
    CIFAR_SIDE,
    ResNet,
    is_resnet,
    load_resnet,
    quantise,
)
from goldspike.workloads.metadata import read_whole

__all__ = ["LoadedCnn", "LoadedResNet", "load"]

LARGEST_SIDE = 4096
CROSSBAR = 256
"""Rows and columns of the paper's crossbar."""
CALIBRATION = 100
"""Images that set the scales of activations."""
ROWS_PER_TICK = 16
MOST_CORES = 12
"""Cores of an array whose every word is traced, the fully connected layer left out."""
SIDE = 8
"""Pixels a side of the images that a network takes unless its file says otherwise."""


class LoadedCnn(Loaded):
    """A CNN on an array of cores.

    Parameters
    ----------
    network : Cnn
    side : int
        Pixels a side of the images.
    choices : Choices
    """

    calibration = ""
    """What set the activations' scales, if the file does not."""

    def __init__(self, network: Cnn, side: int, choices: Choices) -> None:
        self.network, self.side, self.choices = network, side, choices
        self.params, self.chain, self.placement = placed(network, side, choices)
        self.rows_per_tick = choices.values.get("rows_per_tick", ROWS_PER_TICK)
        whole = self.chain or as_circuit(self.params, self.rows_per_tick)
        self.ticks = whole.timestep
        self.classes = self.params.classes
        self.copies = copies(self.params, self.placement)
        self.promise = (
            promised(self.placement, limits_of(choices.values)) if self.placement else None
        )

    def inputs(self, dataset: Dataset) -> np.ndarray:
        """Return images as activations, int8 (n, side, side, channels)."""
        scale, x = self.network.image, dataset.x
        if scale is None and x.ndim == 3:
            return images(x, self.side)
        shape = (self.side, self.side, len(scale.mean)) if scale else (self.side, self.side)
        x = x[..., None] if shape[2:] == (1,) and x.ndim == 3 else x
        if scale is None or x.shape[1:] != shape:
            raise InputError(
                f"{dataset.name}: expected images of {' x '.join(map(str, shape))} for this "
                f"network, not {' x '.join(map(str, x.shape[1:]))}."
            )
        return scale.activations(x)

    def start(self, engine: str) -> Engine:
        """Return an engine that runs images one after the other.

        Raises
        ------
        InputError
            If the engine needs a circuit that is too large to be simulated.
        """
        circuit = self.chain
        large = circuit is None and len(self.params.cores) > MOST_CORES
        if engine == "rtl" and large:
            raise InputError(
                f"The engine rtl takes split layers and shortcuts on {MOST_CORES + 1} cores "
                f"at most, but this network takes {len(self.params.cores) + 1}; choose the engine "
                "lockstep, which compares what every core makes, or model."
            )
        if engine != "model" and circuit is None:
            circuit = as_circuit(self.params, self.rows_per_tick, brief=large)
        return Pipeline(engine, self.params, self.network.weights, circuit)

    def summarise(self, results: Sequence[Result], labels: np.ndarray) -> dict[str, Any]:
        """Return accuracy, latency, interval, memory accesses, use of the links and energy."""
        result = total(results)
        found = summarise(self.params, self.ticks, result, labels)
        if self.calibration:
            found["calibration"] = self.calibration
        metrics = measure(self.params, self.network.weights, result.nonzero, len(labels))
        found["energy"] = energy(self.params, result, len(labels), self.copies)
        if self.promise:
            found |= {"cores": self.promise["cores"], "placement": self.promise}
        return {**found, "neurobench": metrics}

    def collect(self, results: Sequence[Result], labels: np.ndarray) -> Arrays:
        """Return what is kept of every sample.

        ``label``, ``score`` (the answer) and ``timestep`` (of the answer), (n,); ``confusion``
        (classes, classes), by label and answer.
        """
        result = total(results)
        answers = np.array(result.answers)
        return {
            "label": labels,
            "score": answers,
            "timestep": np.array(result.ends),
            "confusion": confusion_of(labels, answers, self.classes),
        }


class Pipeline(Engine):
    """Runs images without a gap between them; all of a run go through one array."""

    def __init__(
        self,
        engine: str,
        params: ArrayParams,
        weights: Weights,
        circuit: ChainParams | ArrayCircuit | None,
    ) -> None:
        self.engine, self.params, self.weights, self.circuit = engine, params, weights, circuit
        self.built = None
        if engine != "model" and circuit is not None:
            from goldspike.imc.circuit import build

            self.built = build(circuit)

    def run(self, inputs: np.ndarray, begin: int, end: int) -> Iterator[Result]:
        """Run images; answers are yielded as they come."""
        part = inputs[begin:end]
        if self.engine == "model" or self.circuit is None:
            yield from run_model(self.params, self.weights, part)
            return
        from goldspike.imc.circuit import check_outputs, run_rtl

        if isinstance(self.circuit, ArrayCircuit) and self.circuit.brief:
            yield from check_outputs(self.circuit, self.weights, part, built=self.built)
            return
        compared = self.engine == "lockstep"
        yield from run_rtl(
            self.circuit, self.weights, part, compared=compared, waves=compared, built=self.built
        )


class LoadedResNet(LoadedCnn):
    """A network whose activations have no scales yet: images set them.

    Parameters
    ----------
    net : ResNet
    choices : Choices
        Without ``calibration``, the data that is run sets the scales, its labels unseen.
    """

    def __init__(self, net: ResNet, choices: Choices) -> None:
        self.net = net
        values = {k: v for k, v in choices.values.items() if k != "calibration"}
        self.given = choices.values.get("calibration")
        self.rest = replace(choices, values=values)
        blank = np.zeros((1, CIFAR_SIDE, CIFAR_SIDE, COLOURS), np.uint8)
        super().__init__(quantise(net, blank), CIFAR_SIDE, self.rest)
        if self.given:
            self.calibrate(load_dataset(self.given, "train", colours=True))

    def calibrate(self, dataset: Dataset) -> None:
        """Set the scales."""
        super().inputs(dataset)  # which checks the images
        first = dataset.x[:CALIBRATION]
        super().__init__(quantise(self.net, first), CIFAR_SIDE, self.rest)
        self.calibration = f"the first {len(first)} images of {dataset.name}"

    def inputs(self, dataset: Dataset) -> np.ndarray:
        """Return images as activations, int8 (n, side, side, channels)."""
        if not self.calibration:
            self.calibrate(dataset)
        return super().inputs(dataset)


def load(path: Path, choices: Choices) -> LoadedCnn:
    """Read a network file and put it on an array of cores.

    Raises
    ------
    InputError
        If it cannot be read or does not fit, or a setting cannot be used.
    """
    try:
        if is_resnet(load_npz(path)):
            return LoadedResNet(load_resnet(path), choices)
        network, meta = load_cnn(path)
        if "calibration" in choices.values:
            raise InputError(f"{path}: its activations have scales; calibration sets none.")
        side = read_whole(path, "side", meta.get("side", SIDE), 1, LARGEST_SIDE)
        return LoadedCnn(network, side, choices)
    except InputError:
        raise
    except (ValueError, TypeError) as error:
        where = "" if choices.values else f"{path}: "
        raise InputError(f"{where}{str(error).rstrip('.')}.") from None


def placed(
    network: Cnn, side: int, choices: Choices
) -> tuple[ArrayParams, ChainParams | None, Placement | None]:
    """Return a network's array, the chain that it is, if it is one, and the mapper's placement.

    Raises
    ------
    InputError, ValueError, TypeError
        If it does not fit.
    """
    change = dict(choices.values)
    crossbar, link_bits = change.pop("crossbar", None), change.pop("link_bits", None)
    cores, file = change.pop("cores", None), change.pop("placement", None)
    for name, value in (("crossbar", crossbar), ("link_bits", link_bits), ("cores", cores)):
        if value is not None:
            require_int(name, value, 1, 1 << 20)
    rates = change.pop("replicas", None)
    if cores or file or (rates and len(rates) > 1):
        change.pop("rows_per_tick", None)
        change.pop("depth", None)
        whole = network.array(side, crossbar or CROSSBAR, depth=1 << 20, **change)
        wanted = Wanted(
            limits=limits_of(choices.values), file=file, rates=rates, bounded=bool(cores)
        )
        found = place(whole, wanted)
        return found.array, None, found
    copies = rates[0] if rates else 1
    chain = None
    if network.is_chain:
        try:
            chain = network.chain(side, replicas=(copies,) * len(network.kernels), **change)
        except ValueError:
            if crossbar is None:  # else its parts may fit
                raise
        if chain and crossbar is None and link_bits is None:
            return ArrayParams.of(chain), chain, None
    change.pop("rows_per_tick", None)
    array = network.array(
        side, crossbar or CROSSBAR, replicas=copies, link_bits=link_bits or 0, **change
    )
    whole = len(array.cores) == len(array.stages) and link_bits is None
    return array, chain if whole else None, None


def as_circuit(params: ArrayParams, rows_per_tick: int, *, brief: bool = False) -> ArrayCircuit:
    """Return an array as a circuit, whose crossbars multiply so many rows in a tick."""
    given = {field.name: getattr(params, field.name) for field in fields(ArrayParams)}
    return ArrayCircuit(**given, rows_per_tick=rows_per_tick, brief=brief)


def summarise(params: ArrayParams, ticks: int, result: Result, labels: np.ndarray) -> dict:
    """Return accuracy, latency, interval, memory accesses and use of the links."""
    samples = len(labels)
    layer = params.stages[0].layer
    pixels = -(-layer.height * layer.width // params.stages[0].replicas)  # timesteps of an image
    latency = [end - start + 1 for start, end in zip(result.starts, result.ends, strict=True)]
    interval = np.diff(result.ends).tolist() or [pixels]
    counts: dict[str, dict[str, int]] = {}
    for k, core in enumerate(params.cores):
        counts[f"core{k + 1}"] = {
            "sram_reads": result.reads[k],
            "sram_writes": result.writes[k],
            "pixels" if core.last else "partial_sums": result.carried[k],
        }
    counts["pooling"] = {"pixels": result.carried[-1]}
    added = [(stage.residual, k) for k, stage in enumerate(params.stages) if stage.residual >= 0]
    for (source, sink), carried in zip(added, result.residuals, strict=True):
        counts[f"residual{source + 1}to{sink + 1}"] = {"pixels": carried}
    room = samples * float(np.mean(interval))
    use = {
        name: round(list(members.values())[-1] / (room * budget), 4)
        for (name, members), budget in zip(counts.items(), budgets(params), strict=True)
    }
    return {
        "cores": len(params.cores) + 1,
        "layers": len(params.stages) + 1,
        "accuracy": {"score": float(np.mean(np.array(result.answers) == labels))},
        "timestep_ticks": ticks,
        "first_latency_timesteps": latency[0],
        "latency_timesteps": float(np.mean(latency)),
        "interval_timesteps": float(np.mean(interval)),
        "ticks": float(np.mean(latency)) * ticks,
        "counts": counts,
        "link_use": use,
    }


def budgets(params: ArrayParams) -> list[int]:
    """Return what a timestep may bring over every core's link, pooling's, and the residuals'."""
    streams = params.streams
    out = {
        place: stream.budget
        for stream in streams
        if stream.kind != Kind.RESIDUAL or params.shortcut(stream.stage)
        for place in stream.senders
    }
    added = [stream.budget for stream in streams if stream.kind == Kind.RESIDUAL]
    return [*(out[place] for place in range(len(params.cores))), 1, *added]
