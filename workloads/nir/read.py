"""A NIR graph as a chain of layers: which nodes are taken, and what a spike and a bias do.

Ref: Pedersen et al., "Neuromorphic intermediate representation: a unified instruction set for
interoperable brain-inspired computing", Nature Communications 15 (2024): IF is v' = R I, LIF
tau v' = v_leak - v + R I, LI the same without spikes, I v' = R I; Linear is W x, Affine W x + b,
Scale s x.
"""

import math
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.workloads.nir.chain import Chain, FloatLayer, Misfit, Misfits
from goldspike.workloads.nir.order import flattened, in_order

__all__ = ["Clock", "chain_of"]

_MAPS = ("Linear", "Affine")
_PASSING = ("Flatten", "Scale")
_NEURONS = ("IF", "LIF")
_READOUTS = ("I", "LI")
_LEAKY = ("LIF", "LI")
_MOST_INPUTS = 1 << 20
_LARGEST = 1e30
"""Largest number that is read where none may be infinite, so that squares stay finite."""

_SLOW = 0.5
"""Seconds; a membrane that is slower was probably counted in steps."""


@dataclass(frozen=True)
class Clock:
    """How long things last that a graph leaves open.

    Attributes
    ----------
    dt : float
        Seconds for which a spike's current flows.
    unit : float
        Seconds in the graph's unit of time: 1, or a time step.
    """

    dt: float
    unit: float = 1.0


@dataclass
class Map:
    """A linear map that waits for its neurons."""

    name: str
    weight: NDArray[np.float64]
    bias: NDArray[np.float64]


@dataclass
class Walk:
    """What is known on the way along the chain."""

    clock: Clock
    width: int | None
    layers: list[FloatLayer] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    misfits: Misfits = field(default_factory=list)
    waiting: Map | None = None
    scale: tuple[str, NDArray[np.float64]] | None = None
    skipped: bool = False

    def misfit(self, rank: Misfit, text: str) -> None:
        """Note what does not fit."""
        self.misfits.append((rank, text.removesuffix(".")))


def chain_of(graph: Any, clock: Clock, meta: dict[str, Any]) -> tuple[Chain, Misfits]:
    """Return a graph as a chain of layers, with everything that does not fit.

    Raises
    ------
    InputError
        If the graph is no chain, so that there is nothing to go on with.
    """
    nodes, edges = flattened(graph)
    names = in_order(nodes, edges)
    walk = Walk(clock, _size(names[0], nodes[names[0]]))
    first = next(
        (name for name in names[1:] if type(nodes[name]).__name__ not in _PASSING), names[0]
    )
    if type(nodes[first]).__name__ in _MAPS:
        _check_input(walk, names[0], first, nodes[first])
    for k, name in enumerate(names[1:-1], start=1):
        node = nodes[name]
        kind = type(node).__name__
        try:
            _step(walk, name, kind, node, last=k == len(names) - 2)
        except InputError as error:
            walk.misfit(Misfit.VALUE, str(error))
            _go_on(walk, kind, node)
    if walk.waiting and not walk.skipped:
        _sum(walk, names[-1])
    if walk.scale is not None:
        walk.misfit(
            Misfit.KIND, f"expected a Linear or Affine node behind {walk.scale[0]!r} to scale"
        )
    if not walk.layers and not walk.misfits:
        walk.misfit(Misfit.KIND, "expected at least one Linear node with neurons behind it")
    return Chain(tuple(walk.layers), tuple(walk.notes), meta), walk.misfits


def _size(name: str, node: Any) -> int:
    """Return how many inputs an Input node has; of one without a shape, 1."""
    shape = np.asarray(node.input_type["input"]).ravel()
    if not shape.size:
        return 1
    whole = shape.dtype.kind in "iuf" and np.all(shape == np.floor(shape)) and shape.min() >= 1
    size = math.prod(shape.tolist()) if whole else 0
    if not 1 <= size <= _MOST_INPUTS:
        raise InputError(
            f"expected the shape of {name!r} to be of 1..{_MOST_INPUTS} inputs in whole numbers."
        )
    return int(size)


def _check_input(walk: Walk, name: str, first: str, node: Any) -> None:
    """Hold the Input's size against the first map; a placeholder takes the map's."""
    shape = np.shape(node.weight)
    if len(shape) != 2 or walk.width == shape[1]:
        return
    if walk.width == 1:
        walk.notes.append(
            f"{name}: the Input is of size 1, a placeholder; {shape[1]} inputs are taken, as many "
            f"as {first} has"
        )
    else:
        walk.misfit(
            Misfit.SIZE,
            f"expected the Input {name!r} to be of the size {shape[1]} that {first!r} takes, not "
            f"{walk.width}",
        )
    walk.width = shape[1]


def _step(walk: Walk, name: str, kind: str, node: Any, *, last: bool) -> None:
    """Go past one node."""
    if kind in _MAPS:
        if walk.waiting:
            raise InputError(
                f"expected neurons between the nodes {walk.waiting.name!r} and {name!r}."
            )
        walk.waiting = _map(walk, name, node)
        walk.width = walk.waiting.weight.shape[1]
    elif kind == "Scale":
        _scale(walk, name, node)
    elif kind in _NEURONS or (kind in _READOUTS and last):
        if not walk.waiting:
            if walk.skipped:
                return
            raise InputError(f"expected a Linear or Affine node before the neurons {name!r}.")
        waiting, walk.waiting = walk.waiting, None
        walk.layers.append(_layer(waiting, name, kind, node, walk.clock, walk.notes))
    elif kind != "Flatten":  # row by row, which is the order that inputs have here anyway
        where = " before the end" if kind in _READOUTS else ""
        walk.misfit(
            Misfit.KIND,
            f"expected Linear, Affine, Scale, IF, LIF and Flatten nodes only, and LI or I at the "
            f"end, but {name!r} is a {kind} node{where}, which the chip has no circuit for",
        )
        walk.waiting, walk.width, walk.skipped = None, None, True


def _sum(walk: Walk, name: str) -> None:
    """Take what a map sends to the Output as summed up there, as an I node would."""
    waiting, walk.waiting = walk.waiting, None
    assert waiting
    walk.notes.append(
        f"{waiting.name}: no neurons follow; what it sends is summed up over time, as by an I node"
    )
    node = SimpleNamespace(r=np.ones(1))
    try:
        walk.layers.append(_layer(waiting, name, "I", node, walk.clock, walk.notes))
    except InputError as error:
        walk.misfit(Misfit.VALUE, str(error))


def _go_on(walk: Walk, kind: str, node: Any) -> None:
    """Find the size behind a node that does not fit, so that what follows can be checked."""
    if kind in _MAPS:
        shape = np.shape(node.weight)
        walk.width = int(shape[0]) if len(shape) == 2 else None
        walk.waiting, walk.scale = None, None
    walk.skipped = True


def _map(walk: Walk, name: str, node: Any) -> Map:
    """Return a linear node as (inputs, outputs), what scales its inputs folded in."""
    weight = _numbers(name, "weight", node.weight)
    if weight.ndim != 2:
        raise InputError(
            f"expected the weight of {name!r} to have the shape (outputs, inputs), "
            f"not {weight.shape}."
        )
    if walk.width is not None and weight.shape[1] != walk.width:
        walk.misfit(
            Misfit.SIZE,
            f"expected the weight of {name!r} to have {walk.width} inputs, as many as what leads "
            f"to it sends, not {weight.shape[1]}",
        )
    weight = weight.T.copy()
    if walk.scale is not None:
        source, factor = walk.scale
        walk.scale = None
        weight *= _spread(source, factor, len(weight))[:, None]
        walk.notes.append(f"{source}: folded into the weights of {name}")
    bias = _numbers(name, "bias", getattr(node, "bias", 0.0)).ravel()
    return Map(name, weight, _spread(f"{name}, bias", bias, weight.shape[1]))


def _scale(walk: Walk, name: str, node: Any) -> None:
    """Fold a factor into the map before it, or keep it for the one behind."""
    factor = _numbers(name, "scale", node.scale).ravel()
    if walk.waiting:
        spread = _spread(name, factor, walk.waiting.weight.shape[1])
        walk.waiting.weight *= spread
        walk.waiting.bias *= spread
        walk.notes.append(f"{name}: folded into the weights of {walk.waiting.name}")
    else:
        before = walk.scale[1] if walk.scale is not None else np.ones(1)
        if len(before) not in (1, len(factor)) and len(factor) != 1:
            raise InputError(f"expected {len(before)} factors in {name!r}, not {len(factor)}.")
        walk.scale = name, before * factor


def _spread(name: str, values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return one value each; a single one serves all."""
    if values.size == 1:
        return np.full(count, float(values.ravel()[0]))
    if values.size != count:
        raise InputError(f"expected {count} values in {name!r}, not {values.size}.")
    return values.copy()


def _layer(
    source: Map, name: str, kind: str, node: Any, clock: Clock, notes: list[str]
) -> FloatLayer:
    """Return a layer; a spike's lift of the potential, and a bias's slope, are worked out here."""
    outputs = source.weight.shape[1]
    readout = kind in _READOUTS
    r = _per_neuron(name, "r", node.r, outputs, finite=False)
    threshold = np.ones(outputs)
    if not readout:
        threshold = _per_neuron(name, "v_threshold", node.v_threshold, outputs)
    for key in ("v_reset", "v_leak"):
        if np.any(_per_neuron(name, key, getattr(node, key, 0.0), outputs) != 0):
            raise InputError(f"expected {key} = 0 in {name!r}: the chip's neurons rest at 0.")
    if not np.all(threshold > 0):
        raise InputError(f"expected thresholds above 0 in {name!r}.")
    tau = np.full(outputs, np.inf)
    gain, steep = r, r / clock.unit
    if kind in _LEAKY:
        tau = clock.unit * _per_neuron(name, "tau", node.tau, outputs, finite=False)
        if not np.all(tau > 0):
            raise InputError(f"expected tau above 0 in {name!r}.")
        endless = np.isinf(tau) & np.isinf(r)
        with np.errstate(invalid="ignore"):
            gain = np.where(endless, 1.0, r * clock.dt / tau)
        steep = gain / clock.dt
        if np.any(endless):
            notes.append(
                f"{name}: tau and R are infinite (snnTorch writes beta = 1 so); R dt / tau is taken"
                " as 1, and the neurons do not leak"
            )
        if clock.unit == 1 and np.any(np.isfinite(tau) & (tau > _SLOW)):
            notes.append(
                f"{name}: tau is read as {_range(tau)} seconds; if it counts time steps, as spyx "
                "and Norse write it, say how long one is: --time-step S"
            )
    if not (np.all(np.isfinite(gain)) and np.all(gain > 0)):
        raise InputError(
            f"expected a spike to lift the neurons {name!r} by a positive, finite factor "
            "(R, or R dt / tau)."
        )
    if readout:
        notes.append(
            f"{name}: the read-out integrates and sends no spikes; here its neurons fire each time "
            "that their potential has risen by a threshold, and the class with most spikes answers"
        )
    slope = source.bias * steep if np.any(source.bias) else None
    return FloatLayer(
        f"{source.name}, {name}", source.weight * gain, threshold, tau, slope, readout
    )


def _range(values: NDArray[np.float64]) -> str:
    """Write the range of values."""
    low, high = values.min(), values.max()
    return f"{low:g}" if low == high else f"{low:g}..{high:g}"


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
    array = np.asarray(value)
    if array.dtype.kind not in "iufb":
        raise InputError(f"expected numbers in {key} of {name!r}.")
    array = array.astype(np.float64)
    if np.any(np.isnan(array)) or (finite and not np.all(np.isfinite(array))):
        raise InputError(
            f"expected finite numbers in {key} of {name!r}, but there is a NaN or inf."
        )
    largest = float(np.abs(array).max(initial=0.0))
    if finite and largest > _LARGEST:
        raise InputError(
            f"expected numbers of at most {_LARGEST:g} in {key} of {name!r}, not {largest:.2g}."
        )
    return array
