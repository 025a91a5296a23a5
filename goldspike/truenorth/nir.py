"""NIR files to layers on cores and back: ``goldspike import`` and ``goldspike export``."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.charts import described
from goldspike.chip import Choices, ImportJob
from goldspike.imports import (
    Imported,
    about,
    accuracy_rows,
    import_nir,
    placed,
    refuse_unsized,
)  # fmt: skip
from goldspike.model.guard import guard_files
from goldspike.truenorth.engine import total
from goldspike.truenorth.layers import on_array
from goldspike.workloads.metadata import read_whole
from goldspike.workloads.nir.chain import Chain
from goldspike.workloads.nir_graph import DEFAULT_DT, Misfits, write_chain
from goldspike.workloads.truenorth.network import LOWEST, load_network, save_network
from goldspike.workloads.truenorth.nir import fitted, graph_counts, misfits_of

__all__ = ["export_nir", "import_graph", "table"]


def import_graph(job: ImportJob, choices: Choices) -> dict[str, Any]:
    """Read a NIR graph, write it as layers of whole weights, return what became of it.

    The option ``drop_leak`` lets LIF nodes lose their leak. For the rest see
    :func:`goldspike.imports.import_nir`.

    Parameters
    ----------
    job : ImportJob
    choices : Choices
        The array that it must fit.
    """
    path, options = Path(job.path), job.options
    step = options.get("dt") or options.get("time_step") or DEFAULT_DT

    def fit(chain: Chain, misfits: Misfits, rounded: bool) -> Imported:
        with about(path):
            wrong = misfits + misfits_of(chain, drop_leak=bool(options.get("drop_leak")))
            refuse_unsized(chain, misfits, wrong)
            net, fits, lost = fitted(chain, step, floor=floor_of(chain), rounded=rounded)
        names = [repr(layer.name) for layer in chain.layers]
        loaded = placed(path, wrong + lost, lambda: on_array(path, net, choices, names))
        floors = [net.floor / threshold for threshold in net.thresholds]

        def graph(inputs: np.ndarray) -> np.ndarray:
            return graph_counts(chain.layers, inputs, step, floors).argmax(axis=1)

        def chip(inputs: np.ndarray) -> np.ndarray:
            runs = loaded.start("model").run(inputs, 0, len(inputs))
            return loaded.answers(total(list(runs)))["answer"]

        said = {
            "sizes": net.sizes,
            "cores": sum(map(len, loaded.layout.parts)),
            "floor": net.floor,
            "dt": step,
            "time_step": options.get("time_step"),
            "notes": [*chain.notes, *leak_notes(chain)],
            "layers": [asdict(fit) for fit in fits],
        }
        return Imported(loaded, lambda out, meta: save_network(out, net, meta), graph, chip, said)

    return import_nir(job, "truenorth", fit)


def floor_of(chain: Chain) -> int:
    """Return how low potentials may go: NIR has no floor, ours say theirs."""
    meta = chain.meta or {}
    return read_whole("", "floor", meta.get("floor", 0 if meta else LOWEST), LOWEST, 0)


def leak_notes(chain: Chain) -> list[str]:
    """Say whose leak was dropped."""
    leaky = [layer.name for layer in chain.layers if np.isfinite(layer.tau).any()]
    return [f"{name}: its leak is dropped" for name in leaky]


def export_nir(net: str | Path, out: str | Path) -> tuple[int, ...]:
    """Write layers as a NIR graph; return their sizes.

    Raises
    ------
    InputError
        If the network cannot be read or the file cannot be written.
    """
    path = Path(net)
    guard_files(reads=[path], writes=[out])
    layers, meta = load_network(path)
    weights = [w.astype(np.int64) for w in layers.weights]
    if layers.biases:
        weights = [np.vstack(pair) for pair in zip(weights, layers.biases, strict=True)]
    write_chain(
        out, weights, layers.thresholds, {**meta, "floor": layers.floor},
        biases=[bool(layers.biases)] * len(weights), period_s=DEFAULT_DT,
    )  # fmt: skip
    return layers.sizes


def table(result: Mapping[str, Any]) -> str:
    """Return an import's report as a table for the screen."""
    sizes = "-".join(map(str, result["sizes"]))
    rows = [
        ("network", f"{result['nir']} as {result['net']}"),
        ("size", f"{sizes}, {result['cores']} cores"),
        ("potentials", "not below 0" if result["floor"] == 0 else "may be below 0"),
    ]
    for layer in result["layers"]:
        error = layer["relative_error"]
        rounded = (
            f"rounded: {layer['clipped']} clipped, {layer['lost']} lost, {100 * error:.1f} % of "
            "the weights' norm"
        )
        rows.append(
            (
                layer["name"],
                f"{layer['weights']} weights, threshold {layer['threshold']}, "
                + (rounded if error else "exact"),
            )
        )
    rows += [("note", note) for note in result["notes"]]
    return described([*rows, *accuracy_rows(result, "step model")])
