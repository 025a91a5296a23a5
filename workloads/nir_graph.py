"""NIR files: chains of linear layers and integrate-and-fire neurons, read and written.

NIR writes neurons as differential equations and leaves the time step, and what a spike is as a
current, to whoever reads: :data:`DEFAULT_DT` and :func:`read_graph` say how they are read here;
docs/nir.md says why.
"""

import io
import os
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.files import write_atomically
from goldspike.model.hdf5 import check_hdf5
from goldspike.model.kinds import kind_of
from goldspike.model.limits import require_room
from goldspike.model.paths import user_path
from goldspike.model.reading import open_file, require_file
from goldspike.workloads.nir.chain import Chain, FloatLayer, Misfit, Misfits, refuse_misfits
from goldspike.workloads.nir.read import Clock, chain_of

__all__ = [
    "DEFAULT_DT",
    "Chain",
    "FloatLayer",
    "Misfit",
    "Misfits",
    "read_chain",
    "read_graph",
    "refuse_misfits",
    "write_chain",
]

DEFAULT_DT = 1e-4
"""Seconds for which a spike's current flows into an LIF node; what snnTorch's export assumes."""

_MARK = "goldspike"
_IN_MEMORY = 4
"""By how many times a graph's arrays are larger than the file, unless it is packed."""
_READ = """
import nir
with h5py.File(path) as file:
    "node" in file or sys.exit("it holds no graph, which has the group 'node'")
nir.read(path, type_check=False)
"""


def read_graph(
    path: str | os.PathLike[str], dt: float | None = None, time_step: float | None = None
) -> tuple[Chain, Misfits]:
    """Read a NIR file that holds one chain of Linear or Affine, and IF or LIF nodes.

    An LI or I node may stand at the end; Scale nodes are folded into the weights, graphs inside
    the graph taken apart.

    Parameters
    ----------
    path : path
    dt : float, optional
        Seconds for which a spike's current flows: it lifts an LIF node by ``w R dt / tau``. IF
        nodes take a spike as an impulse of area 1, ``w R``, whatever `dt`. By default a time step,
        or, where times are seconds, :data:`DEFAULT_DT`.
    time_step : float, optional
        Seconds in a time step, where the file counts times in steps.

    Returns
    -------
    chain : Chain
    misfits : list of (Misfit, str)
        What keeps it from the chip, apart from the chip's own limits.

    Raises
    ------
    InputError
        If the package is missing, the file is no NIR file, or the graph is no chain; the sentence
        names the file and the node.
    """
    path = user_path(path)
    for name, value in (("time step dt", dt), ("time step", time_step)):
        if value is not None and not (np.isfinite(value) and value > 0):
            raise InputError(f"The {name} must be above 0 s and finite, not {value!r}.")
    unit = time_step or 1.0
    graph = _read(path)
    try:
        return chain_of(graph, Clock(dt or time_step or DEFAULT_DT, unit), _our_meta(graph))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def read_chain(
    path: str | os.PathLike[str], dt: float | None = None, time_step: float | None = None
) -> Chain:
    """Read a NIR file as :func:`read_graph` does, and refuse what does not fit, all at once.

    Raises
    ------
    InputError
        As :func:`read_graph`, and if anything does not fit.
    """
    chain, misfits = read_graph(path, dt, time_step)
    try:
        refuse_misfits(misfits)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return chain


def write_chain(
    path: str | os.PathLike[str],
    weights: Sequence[NDArray[np.integer]],
    thresholds: int | Sequence[int],
    meta: Mapping[str, Any],
    *,
    biases: Sequence[bool] = (),
    period_s: float = 0.0,
) -> None:
    """Write integer weights as Linear or Affine, and IF nodes (R = 1, the chip's thresholds).

    Parameters
    ----------
    path : path
        The file to write (atomically).
    weights : sequence of int (inputs, outputs)
        The last row of a layer with a bias is what a strobe adds.
    thresholds : int, or one per layer
        Potential at which neurons fire.
    meta : mapping
        What else the network's file holds; it goes into the graph's metadata.
    biases : sequence of bool
        Whether each layer has a bias; none by default.
    period_s : float
        Period of the strobes in seconds; a bias becomes the current that adds as much.

    Raises
    ------
    InputError
        If the package is missing or the file cannot be written.
    """
    nir = _package()
    first = weights[0].shape[0] - bool(biases and biases[0])
    nodes: dict[str, Any] = {"input": nir.Input(np.array([first]))}
    fires_at = np.broadcast_to(thresholds, len(weights))
    for k, (w, threshold) in enumerate(zip(weights, fires_at, strict=True), start=1):
        outputs = w.shape[1]
        if biases and biases[k - 1]:
            bias = w[-1] / period_s if period_s else np.zeros(outputs)
            matrix = np.ascontiguousarray(w[:-1].T, np.float32)
            nodes[f"w{k}"] = nir.Affine(weight=matrix, bias=bias.astype(np.float32))
        else:
            nodes[f"w{k}"] = nir.Linear(weight=np.ascontiguousarray(w.T, np.float32))
        nodes[f"layer{k}"] = nir.IF(
            r=np.ones(outputs, np.float32),
            v_threshold=np.full(outputs, threshold, np.float32),
            v_reset=np.zeros(outputs, np.float32),
        )
    nodes["output"] = nir.Output(np.array([weights[-1].shape[1]]))
    names = list(nodes)
    said = {"reset": "subtract", "floor": meta.get("floor", 0)}
    held = {**said, "fires": "at or above the threshold", "net": dict(meta)}
    graph = nir.NIRGraph(nodes, list(pairwise(names)), metadata={_MARK: held})
    buffer = io.BytesIO()
    try:
        nir.write(buffer, graph)
    except TypeError:  # HDF5 has no type for arrays of text, of dates, and the like
        raise InputError(
            f"expected numbers or single texts beside the weights of a network to export; "
            f"{path} cannot hold one of {', '.join(map(str, meta))}."
        ) from None
    write_atomically(path, lambda stream: stream.write(buffer.getvalue()))


def _package() -> Any:
    """Return the nir package."""
    try:
        import nir
    except ImportError:
        raise InputError(
            "NIR files need the package nir, which is not installed; it comes with the extra 'nir'."
        ) from None
    if not hasattr(nir, "NIRGraph"):
        raise InputError(
            f"NIR files need the package nir, but {getattr(nir, '__file__', 'another module')} has "
            "its name and is found before it."
        )
    return nir


def _read(path: Path) -> Any:
    """Return the graph of a file; whatever is wrong with the file is one sentence."""
    nir = _package()
    size = require_file(path, "a NIR file")
    require_room(f"{path}: reading {size} bytes", _IN_MEMORY * size)
    import h5py

    if not h5py.is_hdf5(path):
        with open_file(path, "a NIR file") as stream:
            what = kind_of(stream.read(512))
        what = "cut short" if what and "HDF5" in what else what or "not HDF5"
        raise InputError(f"{path}: expected a NIR file, but it is {what}.")
    check_hdf5(path, "a NIR graph that nir can read", _READ)
    try:
        graph = nir.read(path, type_check=False)
    except Exception as error:  # assertions, key errors, HDF5's own: the package checks by them
        said = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{path}: expected a NIR graph, but nir cannot read it ({said})."
        ) from None
    return graph


def _our_meta(graph: Any) -> dict[str, Any]:
    """Return what our own export wrote about the network; nothing, if another tool wrote the file.

    Raises
    ------
    InputError
        If it is there, but not as we write it.
    """
    found: Any = graph.metadata
    for name in (_MARK, "net"):
        found = found.get(name, {}) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        raise InputError(f"expected groups of values in the metadata, {_MARK}/net.")
    return dict(found)
