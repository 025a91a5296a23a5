"""Run a CNN over a data set on a chain of cores and report: ``goldspike sim imc``."""

import time
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.imc.engine import ENGINES, Result
from goldspike.model.errors import InputError
from goldspike.model.files import require_writable, save_npz, write_json
from goldspike.model.imc.chain import ChainParams
from goldspike.model.paths import BUILD, ROOT
from goldspike.simulation import asked, choose_count
from goldspike.workloads.dataset import check_labels, digits, load_dataset
from goldspike.workloads.imc.network import Cnn, images, load_cnn

__all__ = ["simulate", "table"]

DEFAULT_NET = Path("nets/imc_digits.npz")
RTL_SAMPLES = 20
"""Samples that the compiled circuit runs unless told otherwise."""
SIDE = 8
SETTINGS = ("rows_per_tick", "word_bits", "depth", "replicas")
"""What ``--set`` may change; `replicas` is one number for all cores."""


def simulate(
    *,
    net: str | None = None,
    data: str | None = None,
    engine: str = "model",
    samples: int | None = None,
    assignments: list[str] | None = None,
    out: Path | None = None,
) -> dict:
    """Run a network on the chip; write ``<out>`` (JSON) and the per-sample file beside it.

    Parameters
    ----------
    net, data : str, optional
        Network file and data set (folder of IDX files or .npz); the shipped digits by default.
    engine : {"model", "rtl", "lockstep"}
    samples : int, optional
        How many samples from the start of the set; all by default (otherwise than ``model``: 20).
    assignments : list of str
        ``NAME=VALUE`` settings.
    out : Path, optional
        JSON report; default ``build/sim/imc.json``.

    Raises
    ------
    InputError
        If anything that was asked for cannot be had; nothing written earlier is touched.
    """
    if engine not in ENGINES:
        raise InputError(f"{engine!r} is no engine; known are {', '.join(ENGINES)}.")
    path = Path(net) if net else ROOT / DEFAULT_NET
    network, meta = load_cnn(path)
    params = fit(network, path, int(meta.get("side", SIDE)), assignments or [])
    dataset = load_dataset(data) if data else digits("test")
    check_labels(dataset, params.classes)
    x = images(dataset.x, params.layers[0].height)
    samples = choose_count(samples, engine, len(x), RTL_SAMPLES)
    out = out or BUILD / "sim" / "imc.json"
    for target in (out, out.with_suffix(".npz")):
        require_writable(target, path, data)
    begin = time.perf_counter()
    try:
        result = ENGINES[engine](params, network.weights, x[:samples])
    except LockstepError as error:
        again = asked(net, data, engine, samples, assignments)
        raise LockstepError(f"{error}; reproduce with: goldspike sim imc {again}") from None
    labels = dataset.y[:samples]
    report = {
        "chip": "imc",
        "net": path.name,
        "data": dataset.name,
        "engine": engine,
        "samples": samples,
        "seed": 0,
        **summarise(params, result, labels),
        "wall_seconds": round(time.perf_counter() - begin, 3),
    }
    answers = np.array(result.answers)
    classes = params.classes
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (labels, answers), 1)
    save_npz(
        out.with_suffix(".npz"),
        label=labels, score=answers, timestep=np.array(result.ends), confusion=confusion,
    )  # fmt: skip
    write_json(out, report)
    return report


def fit(network: Cnn, path: Path, side: int, assignments: list[str]) -> ChainParams:
    """Return the chain for a network, with the settings asked for."""
    change: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise InputError(f"A setting is written NAME=VALUE, not {assignment!r}.")
        if name not in SETTINGS:
            raise InputError(f"{name!r} is no setting; known are {', '.join(SETTINGS)}.")
        try:
            change[name] = int(value)
        except ValueError:
            raise InputError(f"{assignment}: expected a whole number.") from None
    if "replicas" in change:
        change["replicas"] = (change["replicas"],) * len(network.kernels)
    try:
        return network.chain(side, **change)
    except ValueError as error:
        where = "" if assignments else f"{path}: "
        raise InputError(f"{where}{error}.") from None


def summarise(params: ChainParams, result: Result, labels: np.ndarray) -> dict:
    """Return accuracy, latency, interval, memory accesses and use of the links."""
    samples = len(labels)
    layer = params.layers[0]
    pixels = -(-layer.height * layer.width // params.replicas[0])  # timesteps of an image
    latency = [end - k * pixels + 1 for k, end in enumerate(result.ends)]
    interval = np.diff(result.ends).tolist() or [pixels]
    counts: dict[str, dict[str, int]] = {}
    for k in range(len(params.layers)):
        counts[f"core{k + 1}"] = {
            "sram_reads": result.reads[k],
            "sram_writes": result.writes[k],
            "pixels": result.carried[k],
        }
    counts["pooling"] = {"pixels": result.carried[-1]}
    for n, (source, sink, _) in enumerate(params.residuals):
        counts[f"residual{source + 1}to{sink + 1}"] = {"pixels": result.residuals[n]}
    use = {
        name: round(members["pixels"] / (samples * pixels), 4) for name, members in counts.items()
    }
    return {
        "accuracy": {"score": float(np.mean(np.array(result.answers) == labels))},
        "timestep_ticks": params.timestep,
        "latency_timesteps": float(np.mean(latency)),
        "interval_timesteps": float(np.mean(interval)),
        "ticks": float(np.mean(latency)) * params.timestep,
        "counts": counts,
        "link_use": use,
    }


def table(report: dict) -> str:
    """Return a report as a table for the screen."""
    samples = report["samples"]
    latency, ticks = report["latency_timesteps"], report["ticks"]
    rows = [
        ("network", f"{report['net']} on {report['chip']} ({report['engine']} engine)"),
        ("data", f"{report['data']}, {samples} samples"),
        ("accuracy", f"{100 * report['accuracy']['score']:.2f} %"),
        ("latency", f"{latency:.1f} timesteps of {report['timestep_ticks']} ticks: {ticks:.0f}"),
        ("interval", f"{report['interval_timesteps']:.1f} timesteps"),
    ]
    for name, members in report["counts"].items():
        mean = ", ".join(f"{n / samples:.1f} {key}" for key, n in members.items())
        rows.append((name, f"{mean}; link in use {100 * report['link_use'][name]:.1f} %"))
    rows.append(("wall time", f"{report['wall_seconds']:.2f} s"))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {text}" for name, text in rows)
