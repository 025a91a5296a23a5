"""NIR files to binary layers on the always-on chip: ``goldspike import --chip alwayson``."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.alwayson.engine import total
from goldspike.alwayson.loaded import place
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
from goldspike.workloads.alwayson.network import save_network
from goldspike.workloads.alwayson.nir import fitted, graph_potentials, misfits_of
from goldspike.workloads.nir.chain import Chain
from goldspike.workloads.nir_graph import Misfits

__all__ = ["import_graph", "table"]


def import_graph(job: ImportJob, choices: Choices) -> dict[str, Any]:
    """Read a NIR graph, write it as a network of binary weights, return what became of it.

    The option ``gain`` = ``fit`` takes the signs of what does not fit exactly; ``drop_leak`` lets
    LIF nodes lose their leak. For the rest see :func:`goldspike.imports.import_nir`.

    Parameters
    ----------
    job : ImportJob
    choices : Choices
        The chip that it must fit.
    """
    path = Path(job.path)

    def fit(chain: Chain, misfits: Misfits, rounded: bool) -> Imported:
        with about(path):
            wrong = misfits + misfits_of(chain, drop_leak=bool(job.options.get("drop_leak")))
            refuse_unsized(chain, misfits, wrong)
            net, fits, lost = fitted(chain, rounded=rounded)
        loaded = placed(path, wrong + lost, lambda: place(path, net, choices))

        def graph(images: np.ndarray) -> np.ndarray:
            events = loaded.encode(images, 0)
            return graph_potentials(chain.layers, events.address, events.bounds).argmax(axis=1)

        def chip(images: np.ndarray) -> np.ndarray:
            runs = loaded.start("model").run(images, 0, len(images))
            return total(list(runs)).potentials.argmax(axis=1)

        said = {
            "sizes": net.sizes,
            "thresholds": net.thresholds,
            "notes": notes(chain),
            "layers": [asdict(fit) for fit in fits],
        }
        return Imported(loaded, lambda out, meta: save_network(out, net, meta), graph, chip, said)

    return import_nir(job, "alwayson", fit)


def notes(chain: Chain) -> list[str]:
    """Return what reading had to decide; a read-out's potential is what the chip reads."""
    found = [note for note in chain.notes if "read-out" not in note]
    found += [f"{one.name}: its leak is dropped" for one in chain.layers
              if np.isfinite(one.tau).any()]  # fmt: skip
    if not chain.layers[-1].readout:
        found.append(f"{chain.layers[-1].name}: read by its potential instead of its spikes")
    return found


def table(result: Mapping[str, Any]) -> str:
    """Return an import's report as a table for the screen."""
    rows = [
        ("network", f"{result['nir']} as {result['net']}"),
        ("size", "-".join(map(str, result["sizes"]))),
        ("thresholds", ", ".join(map(str, result["thresholds"]))),
    ]
    for layer in result["layers"]:
        error = layer["relative_error"]
        rounded = f"signs only: {100 * error:.1f} % of the weights' norm" if error else "exact"
        rows.append((layer["name"], f"{layer['weights']} weights, {rounded}"))
    rows += [("note", note) for note in result["notes"]]
    return described([*rows, *accuracy_rows(result, "model")])
