"""NIR files to binary layers on the always-on chip: ``goldspike import --chip alwayson``."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.alwayson.engine import total
from goldspike.alwayson.loaded import LoadedNetwork, place
from goldspike.charts import described
from goldspike.chip import Choices
from goldspike.imports import about, accuracies, accuracy_rows
from goldspike.model.errors import InputError
from goldspike.model.files import write_json
from goldspike.model.guard import guard_files
from goldspike.workloads.alwayson.network import save_network
from goldspike.workloads.alwayson.nir import fitted, graph_potentials, misfits_of
from goldspike.workloads.network import FORMAT
from goldspike.workloads.nir.chain import Chain
from goldspike.workloads.nir_graph import read_graph, refuse_misfits

__all__ = ["import_nir", "table"]


def import_nir(
    path: str | Path,
    out: str | Path,
    *,
    choices: Choices,
    options: Mapping[str, Any],
    data: str | None = None,
    samples: int | None = None,
    report: str | Path | None = None,
) -> dict[str, Any]:
    """Read a NIR graph, write it as a network of binary weights, return what became of it.

    Parameters
    ----------
    path, out : path
        The NIR file and the network file (.npz) to write.
    choices : Choices
        The chip that it must fit.
    options : mapping
        ``gain``: "fit" takes the signs of what does not fit exactly; ``dt``, ``time_step``: see
        :func:`~goldspike.workloads.nir_graph.read_graph`; ``drop_leak``.
    data : str, optional
        Data set on which the accuracy before and after is measured.
    samples : int, optional
        How many of them, from the start.
    report : path, optional
        JSON file for what is returned.

    Raises
    ------
    InputError
        If the graph does not fit, which is said of everything at once, naming nodes, or anything
        asked for cannot be had; nothing written earlier is touched.
    """
    path, out = Path(path), Path(out)
    guard_files(reads=[path, data], writes=[out, report])
    gain = options.get("gain")
    if gain not in (None, "fit"):
        raise InputError(f"The gain for alwayson must be 'fit', not {gain!r}.")
    chain, misfits = read_graph(path, options.get("dt"), options.get("time_step"))
    with about(path):
        refuse_misfits(misfits + misfits_of(chain, drop_leak=bool(options.get("drop_leak"))))
        net, fits, wrong = fitted(chain, rounded=gain == "fit")
        refuse_misfits(wrong)
    loaded = place(path, net, choices)
    result: dict[str, Any] = {
        "chip": "alwayson",
        "nir": path.name,
        "net": out.name,
        "sizes": net.sizes,
        "thresholds": net.thresholds,
        "notes": notes(chain),
        "layers": [asdict(fit) for fit in fits],
    }
    if data is not None:
        result |= compared(chain, loaded, data, samples)
    said = {"format": FORMAT, "chip": "alwayson", "made_by": f"goldspike import {path.name}"}
    save_network(out, net, said)
    if report:
        write_json(report, result)
    return result


def notes(chain: Chain) -> list[str]:
    """Return what reading had to decide; a read-out's potential is what the chip reads."""
    found = [note for note in chain.notes if "read-out" not in note]
    found += [f"{one.name}: its leak is dropped" for one in chain.layers
              if np.isfinite(one.tau).any()]  # fmt: skip
    if not chain.layers[-1].readout:
        found.append(f"{chain.layers[-1].name}: read by its potential instead of its spikes")
    return found


def compared(chain: Chain, loaded: LoadedNetwork, data: str, samples: int | None) -> dict[str, Any]:
    """Return the accuracy of the graph and of the golden chip, over the same events."""

    def graph(images: np.ndarray) -> np.ndarray:
        events = loaded.encode(images, 0)
        return graph_potentials(chain.layers, events.address, events.bounds).argmax(axis=1)

    def chip(images: np.ndarray) -> np.ndarray:
        runs = loaded.start("model").run(images, 0, len(images))
        return total(list(runs)).potentials.argmax(axis=1)

    return accuracies(loaded, data, samples, graph=graph, chip=chip)


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
