"""A network on µBrain: the chip that it asks for, and its matrices in that chip's shapes.

A network file brings its sizes: one to six layers. It may also say how it wants to be run, under
the names of :data:`OWN`, which are settings; what the user sets replaces what the file says.

A matrix has one row per input. A layer with a bias input has one row more, the last; a recurrent
layer has one more for each of its neurons. From the second layer on, a row too many *is* a bias
input; for the first layer, and for recurrence, the file or the user must say so.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.limits import MOST_TICKS
from goldspike.model.mubrain.chip import ChipParams
from goldspike.model.mubrain.recurrent_layer import RecurrentLayerParams
from goldspike.workloads.metadata import read_number, read_whole, read_wholes, read_word
from goldspike.workloads.mubrain.settings import SETTINGS, Settings, apply_settings
from goldspike.workloads.network import Network
from goldspike.workloads.settings import read_settings

__all__ = ["CODING", "OWN", "place", "settings_of"]

CODING = ("rate_min", "rate_max", "window")
"""Keys by which a network says with which input coding it was trained."""

OWN = (
    *CODING, "phase", "bias", "bias_period", "lateral", "lateral_seed", "weight_bits", "threshold",
    "scale", "scale_shift",
)  # fmt: skip
"""Keys of a network file that are settings."""

MOST_LAYERS = 6


def settings_of(
    meta: Mapping[str, Any], values: Mapping[str, Any], assignments: Sequence[str] = ()
) -> Settings:
    """Return the settings of a network without its sizes: the defaults, its own, what was chosen.

    Parameters
    ----------
    meta : mapping of str to value
        What the file holds besides the weights.
    values : mapping of str to value
        Settings that the user chose.
    assignments : sequence of str
        The same as text.

    Raises
    ------
    InputError
        If a setting cannot be used.
    """
    own = own_settings(meta, values)
    read = read_settings(own, SETTINGS, "mubrain")
    return apply_settings(Settings(), read | dict(values), (*own, *assignments))


def own_settings(meta: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """Return what a file says as assignments, except what is chosen otherwise.

    Raises
    ------
    InputError
        If a value is of another kind than its setting.
    """
    meta = dict(meta)
    for name in ("thresholds", "th"):  # of chips whose neurons have one each
        if name in meta and "threshold" not in values:
            found = set(read_wholes("", name, meta[name], 0, MOST_TICKS))
            if len(found) > 1:
                raise InputError(f"expected one threshold for all neurons, but {name} has several.")
            meta.setdefault("threshold", found.pop())
    return [
        f"{name}={written(own_value(name, meta[name]))}"
        for name in OWN
        if name in meta and name not in values
    ]


def own_value(name: str, value: Any) -> Any:
    """Return a value of a file as what its setting is: a number, a row of them, or a word."""
    if name in ("rate_min", "rate_max"):
        return read_number("", name, value, 0)
    if name == "phase":
        return read_word("", name, value)
    if name in ("bias", "lateral", "scale"):
        return read_wholes("", name, value, 0, MOST_TICKS)
    return read_whole("", name, value, 0, MOST_TICKS)


def written(value: Any) -> str:
    """Return a value of a file as it is written in an assignment."""
    parts = np.asarray(value).ravel().tolist()
    return ",".join(str(int(part)) if isinstance(part, bool) else str(part) for part in parts)


def place(
    network: Network, values: Mapping[str, Any], assignments: Sequence[str] = ()
) -> tuple[Settings, list[NDArray[np.int8]]]:
    """Return the settings for a network, its sizes included, and a matrix per layer of the chip.

    Sizes that the user chose may be larger than the network's: silent neurons fill them up.

    Raises
    ------
    InputError
        If a setting cannot be used, or the network does not fit.
    """
    own = own_settings(network.meta, values)
    chosen = read_settings(own, SETTINGS, "mubrain") | dict(values)
    if len(network.weights) > MOST_LAYERS and "sizes" not in chosen:
        raise InputError(
            f"expected 1 to {MOST_LAYERS} layers of weights, but the network has "
            f"{len(network.weights)}."
        )
    sizes, bias = shapes(network, chosen)
    chosen.setdefault("sizes", sizes)
    chosen["bias"] = bias if len(chosen["sizes"]) == len(sizes) else chosen.get("bias", (False,))
    words = (*own, *assignments) or (f"sizes={written(sizes)}",)
    settings = apply_settings(Settings(), chosen, words)
    return settings, fill(network, sizes, bias, settings.chip)


def shapes(network: Network, chosen: Mapping[str, Any]) -> tuple[tuple[int, ...], tuple[bool, ...]]:
    """Return a network's own sizes, inputs first, and which layers shall have a bias input."""
    layers = len(network.weights)
    lateral = spread(chosen.get("lateral", (0,)), layers, "lateral")
    given = spread(chosen.get("bias", (False,)), layers, "bias")
    sizes: list[int] = []
    bias: list[bool] = []
    for k, matrix in enumerate(network.weights):
        rows, neurons = matrix.shape
        inputs = rows - neurons if lateral[k] else rows
        extra = inputs - sizes[-1] if sizes else int(given[k] and not lateral[k])
        if extra not in (0, 1) or (extra and lateral[k]):
            raise InputError(
                f"expected w{k + 1} to have {sizes[-1]} inputs, one for each output of w{k}, or "
                f"one more for a bias, but its shape is {matrix.shape}."
            )
        if not sizes:
            sizes.append(inputs - extra)
        sizes.append(neurons)
        bias.append(bool(extra or (given[k] and not lateral[k])))
    return tuple(sizes), tuple(bias)


def spread(values: tuple[Any, ...], layers: int, name: str) -> tuple[Any, ...]:
    """Return one value per layer, of which a single one serves all."""
    if len(values) not in (1, layers):
        raise InputError(
            f"expected one value of {name} or {layers}, one per layer, not {len(values)}."
        )
    return values if len(values) == layers else values * layers


def fill(
    network: Network, sizes: Sequence[int], bias: Sequence[bool], chip: ChipParams
) -> list[NDArray[np.int8]]:
    """Return the matrices in the chip's shapes; neurons keep their numbers, new ones never fire."""
    if len(sizes) != len(chip.sizes):
        raise InputError(
            f"expected {len(chip.sizes) - 1} layers of weights for a chip of {by(chip.sizes)}, but "
            f"the network has {len(sizes) - 1}."
        )
    if any(have > room for have, room in zip(sizes, chip.sizes, strict=True)):
        raise InputError(
            f"expected a network of at most {by(chip.sizes)} neurons, but it has {by(sizes)}."
        )
    limit, filled = chip.neuron.largest_weight, []
    for k, (layer, matrix) in enumerate(zip(chip.layers, network.weights, strict=True)):
        if matrix.min() < -limit or matrix.max() > limit:
            raise InputError(
                f"expected weights of {chip.neuron.weight_bits} bits (-{limit}..{limit}), "
                f"but w{k + 1} spans {matrix.min()}..{matrix.max()}."
            )
        full = np.zeros((layer.arbiter.inputs, layer.neurons), np.int8)
        if isinstance(layer, RecurrentLayerParams):
            if matrix.shape != full.shape:
                raise InputError(
                    f"expected w{k + 1} in the shape {full.shape} of a recurrent layer, inputs and "
                    f"then neurons, but its shape is {matrix.shape}."
                )
            if matrix[~layer.weights.mask].any():
                raise InputError(f"expected zeros in w{k + 1} where there is no synapse.")
            full[:] = matrix
        else:
            full[: sizes[k], : matrix.shape[1]] = matrix[: sizes[k]]
            if bias[k] and len(matrix) > sizes[k]:
                full[-1, : matrix.shape[1]] = matrix[-1]
        filled.append(full)
    return filled


def by(sizes: Sequence[int]) -> str:
    """Write sizes as 256-64-10."""
    return "-".join(map(str, sizes))
