"""NIR files: chains of linear layers and integrate-and-fire neurons, read and written.

Ref: Pedersen et al., "Neuromorphic intermediate representation: a unified instruction set for
interoperable brain-inspired computing", Nature Communications 15 (2024), on IF, LIF, Linear and
Affine nodes, and the documentation of the ``nir`` package. NIR writes neurons as differential
equations and leaves the time step, and what a spike is as a current, to whoever reads:
:data:`DEFAULT_DT` and :func:`read_chain` say how they are read here; docs/nir.md says why.
"""

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.child import failure_in_child
from goldspike.model.errors import InputError
from goldspike.model.files import write_atomically
from goldspike.model.limits import require_room
from goldspike.model.reading import require_file
from goldspike.workloads.network import Network

__all__ = ["DEFAULT_DT", "Chain", "FloatLayer", "read_chain", "write_chain"]

DEFAULT_DT = 1e-4
"""Seconds for which a spike's current flows into an LIF node; what snnTorch's export assumes."""

_NEURONS = ("IF", "LIF")
_MARK = "goldspike"
_IN_MEMORY = 4
"""By how many times a graph's arrays are larger than the file, unless it is packed."""
_READ = "import sys, nir; nir.read(sys.argv[1], type_check=False)"
"""Tried in a process of its own first: HDF5 does not survive every damaged file."""


@dataclass(frozen=True, eq=False)
class FloatLayer:
    """A linear map and the neurons behind it, before any rounding.

    Attributes
    ----------
    name : str
        Of the nodes, for messages.
    weight : float64 (inputs, outputs)
        By how much a spike lifts each potential: the node's weight times R (IF), or times
        R dt / tau (LIF).
    threshold : float64 (outputs,)
    tau : float64 (outputs,)
        Time constant of the leak in seconds, infinite without one.
    """

    name: str
    weight: NDArray[np.float64]
    threshold: NDArray[np.float64]
    tau: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Chain:
    """A feed-forward network of floats.

    Attributes
    ----------
    layers : tuple of FloatLayer
    notes : tuple of str
        What reading had to decide, one sentence each.
    meta : dict of str to value
        What our own export wrote about the network.
    """

    layers: tuple[FloatLayer, ...]
    notes: tuple[str, ...] = ()
    meta: dict[str, Any] | None = None


def read_chain(path: str | os.PathLike[str], dt: float = DEFAULT_DT) -> Chain:
    """Read a NIR file that holds one chain of Linear or Affine, and IF or LIF nodes.

    Parameters
    ----------
    path : path
    dt : float
        Seconds for which a spike's current flows: it lifts an LIF node by ``w R dt / tau``. IF
        nodes take a spike as an impulse of area 1, ``w R``, whatever `dt`.

    Raises
    ------
    InputError
        If the package is missing, the file is no NIR file, or the graph is anything else than such
        a chain; the sentence names the file and the node.
    """
    path = Path(path)
    if not (np.isfinite(dt) and dt > 0):
        raise InputError(f"The time step dt must be above 0 seconds, not {dt!r}.")
    graph = _read(path)
    try:
        return _chain(graph, dt)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def write_chain(path: str | os.PathLike[str], net: Network, threshold: int) -> None:
    """Write a network of integer weights as Linear and IF nodes (R = 1, its own threshold).

    Parameters
    ----------
    path : path
        The file to write (atomically).
    net : Network
        Its ``meta`` goes into the graph's metadata.
    threshold : int
        Potential at which the chip's neurons fire.

    Raises
    ------
    InputError
        If the package is missing or the file cannot be written.
    """
    nir = _package()
    nodes: dict[str, Any] = {"input": nir.Input(np.array([net.sizes[0]]))}
    for k, w in enumerate(net.weights, start=1):
        outputs = w.shape[1]
        nodes[f"w{k}"] = nir.Linear(weight=np.ascontiguousarray(w.T, np.float32))
        nodes[f"layer{k}"] = nir.IF(
            r=np.ones(outputs, np.float32),
            v_threshold=np.full(outputs, threshold, np.float32),
            v_reset=np.zeros(outputs, np.float32),
        )
    nodes["output"] = nir.Output(np.array([net.sizes[-1]]))
    names = list(nodes)
    said = {"reset": "subtract", "floor": 0, "fires": "at or above the threshold"}
    meta = {_MARK: {**said, "net": dict(net.meta)}}
    graph = nir.NIRGraph(nodes, list(pairwise(names)), metadata=meta)
    buffer = io.BytesIO()
    nir.write(buffer, graph)
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
        raise InputError(f"{path}: expected a NIR file, but it is not HDF5.")
    failure = failure_in_child(_READ, str(path.resolve()))
    if failure:
        raise InputError(f"{path}: expected a NIR graph, but nir cannot read it ({failure}).")
    try:
        graph = nir.read(path, type_check=False)
    except Exception as error:  # assertions, key errors, HDF5's own: the package checks by them
        said = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{path}: expected a NIR graph, but nir cannot read it ({said})."
        ) from None
    return graph


def _chain(graph: Any, dt: float) -> Chain:
    """Return a graph as a chain of layers."""
    names = _order(graph)
    notes: list[str] = []
    layers: list[FloatLayer] = []
    waiting: tuple[str, NDArray[np.float64]] | None = None
    width = int(np.prod(graph.nodes[names[0]].input_type["input"]))
    for name in names[1:-1]:
        node = graph.nodes[name]
        kind = type(node).__name__
        if kind in ("Linear", "Affine"):
            if waiting:
                raise InputError(f"expected neurons between the nodes {waiting[0]!r} and {name!r}.")
            waiting = name, _weight(name, node, width)
            width = waiting[1].shape[1]
        elif kind in _NEURONS:
            if not waiting:
                raise InputError(f"expected a Linear or Affine node before the neurons {name!r}.")
            layers.append(_layer(*waiting, name, node, dt, notes))
            waiting = None
        elif kind != "Flatten":  # row by row, which is the order that inputs have here anyway
            raise InputError(
                f"expected Linear, Affine, IF, LIF and Flatten nodes only, but {name!r} is a {kind}"
                " node, which µBrain has no circuit for."
            )
    if waiting:
        raise InputError(f"expected IF or LIF neurons behind {waiting[0]!r}; µBrain sends spikes.")
    if not layers:
        raise InputError("expected at least one Linear node with neurons behind it.")
    return Chain(tuple(layers), tuple(notes), _our_meta(graph))


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


def _order(graph: Any) -> list[str]:
    """Return the nodes' names from the input to the output of a chain."""
    kinds = {name: type(node).__name__ for name, node in graph.nodes.items()}
    after: dict[str, str] = {}
    for begin, end in graph.edges:
        for name in (begin, end):
            if name not in kinds:
                raise InputError(f"an edge names the node {name!r}, which the graph has not.")
        if begin in after:
            raise InputError(
                f"expected a feed-forward chain, but {begin!r} leads to both {after[begin]!r} "
                f"and {end!r}."
            )
        after[begin] = end
    inputs = [name for name, kind in kinds.items() if kind == "Input"]
    if len(inputs) != 1:
        raise InputError(f"expected one Input node, not {len(inputs)}.")
    names = inputs
    while names[-1] in after:
        if after[names[-1]] in names:
            raise InputError(
                f"expected a feed-forward chain, but the edge from {names[-1]!r} leads back to "
                f"{after[names[-1]]!r}: µBrain's network has no recurrence."
            )
        names.append(after[names[-1]])
    left = sorted(set(kinds) - set(names))
    if left or kinds[names[-1]] != "Output":
        where = f"the node {left[0]!r} is not on it" if left else "it does not end in an Output"
        raise InputError(f"expected one chain from Input to Output, but {where}.")
    return names


def _weight(name: str, node: Any, inputs: int) -> NDArray[np.float64]:
    """Return a linear node's weight as (inputs, outputs)."""
    weight = _numbers(name, "weight", node.weight)
    if weight.ndim != 2:
        raise InputError(
            f"expected the weight of {name!r} to have the shape (outputs, inputs), "
            f"not {weight.shape}."
        )
    if weight.shape[1] != inputs:
        raise InputError(
            f"expected the weight of {name!r} to have {inputs} inputs, as many as what leads to it "
            f"sends, not {weight.shape[1]}."
        )
    bias = _numbers(name, "bias", getattr(node, "bias", 0.0))
    if np.any(bias != 0):
        raise InputError(
            f"expected no bias in {name!r}: this chip has no bias input; train with bias=False."
        )
    return weight.T.copy()


def _layer(
    source: str, weight: NDArray[np.float64], name: str, node: Any, dt: float, notes: list[str]
) -> FloatLayer:
    """Return a layer; a spike's lift of the potential is worked out here."""
    outputs = weight.shape[1]
    kind = type(node).__name__
    r = _per_neuron(name, "r", node.r, outputs, finite=False)
    threshold = _per_neuron(name, "v_threshold", node.v_threshold, outputs)
    for key in ("v_reset", "v_leak"):
        if np.any(_per_neuron(name, key, getattr(node, key, 0.0), outputs) != 0):
            raise InputError(f"expected {key} = 0 in {name!r}: µBrain's neurons rest at 0.")
    if not np.all(threshold > 0):
        raise InputError(f"expected thresholds above 0 in {name!r}.")
    tau = np.full(outputs, np.inf)
    gain = r
    if kind == "LIF":
        tau = _per_neuron(name, "tau", node.tau, outputs, finite=False)
        if not np.all(tau > 0):
            raise InputError(f"expected tau above 0 in {name!r}.")
        endless = np.isinf(tau) & np.isinf(r)
        with np.errstate(invalid="ignore"):
            gain = np.where(endless, 1.0, r * dt / tau)
        if np.any(endless):
            notes.append(
                f"{name}: tau and R are infinite (snnTorch writes beta = 1 so); R dt / tau is taken"
                " as 1, and the neurons do not leak"
            )
    if not (np.all(np.isfinite(gain)) and np.all(gain > 0)):
        raise InputError(
            f"expected a spike to lift the neurons {name!r} by a positive, finite factor "
            "(R, or R dt / tau)."
        )
    return FloatLayer(f"{source}, {name}", weight * gain, threshold, tau)


def _per_neuron(
    name: str, key: str, value: Any, outputs: int, *, finite: bool = True
) -> NDArray[np.float64]:
    """Return a neuron's parameter, one value each; a single value serves all."""
    value = _numbers(name, key, value, finite=finite)
    if value.size == 1:
        return np.full(outputs, float(value.ravel()[0]))
    if value.shape != (outputs,):
        raise InputError(
            f"expected {key} of {name!r} to have the shape ({outputs},), not {value.shape}."
        )
    return value


def _numbers(name: str, key: str, value: Any, *, finite: bool = True) -> NDArray[np.float64]:
    """Return an array of floats without a NaN."""
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise InputError(f"expected numbers in {key} of {name!r}.") from None
    if np.any(np.isnan(array)) or (finite and not np.all(np.isfinite(array))):
        raise InputError(
            f"expected finite numbers in {key} of {name!r}, but there is a NaN or inf."
        )
    return array
