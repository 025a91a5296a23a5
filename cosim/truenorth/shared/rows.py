"""Rows of the core's memory as lines, for the pins that load them, and back."""

import numpy as np

from goldspike.model.truenorth.core_sram import CoreSramParams
from goldspike.model.truenorth.shared.image import NEURON, TYPES

__all__ = ["draw_rows", "lines_of", "rows_in", "type_lines"]


def columns_of(neurons: np.ndarray, params: CoreSramParams) -> dict[str, np.ndarray]:
    """Return the fields of NEURON records by the names that they have in a row."""
    found = {name: neurons[name] for name, _ in params.fields if name in (NEURON.names or ())}
    for k in range(TYPES):
        found[f"weight_{k}"] = neurons["weights"][:, k]
        found[f"stochastic_weight_{k}"] = neurons["stochastic_weights"][:, k]
    return found


def lines_of(connected: np.ndarray, neurons: np.ndarray, params: CoreSramParams) -> np.ndarray:
    """Return the rows of some neurons.

    Parameters
    ----------
    connected : bool (axons, count)
    neurons : NEURON (count,)

    Returns
    -------
    bool (count, row_bits)
        Lines, the lowest first, as the pin `load_row` takes them.
    """
    columns = columns_of(neurons, params)
    parts = [connected.T.astype(bool)]
    for name, width in params.fields[1:]:
        values = columns[name].astype(np.int64)[:, None]
        parts.append((values >> np.arange(width) & 1).astype(bool))
    return np.concatenate(parts, axis=1)


def rows_in(lines: np.ndarray, params: CoreSramParams) -> tuple[np.ndarray, np.ndarray]:
    """Return what rows hold: `connected` and `neurons`, as :func:`lines_of` takes them."""
    neurons, place = np.zeros(len(lines), NEURON), params.axons
    columns = columns_of(neurons, params)
    signed = ("weight", "leak", "reset", "dx", "dy", "potential")
    for name, width in params.fields[1:]:
        bits = lines[:, place : place + width].astype(np.int64)
        values = bits @ (np.int64(1) << np.arange(width))
        if name.startswith(signed):
            values -= bits[:, -1] << width
        columns[name][...] = values  # a view of its column in `neurons`
        place += width
    return lines[:, : params.axons].T, neurons


def type_lines(types: np.ndarray) -> np.ndarray:
    """Return the types of axons, uint8 (count, axons), as the pin `types` takes them."""
    return (types[:, :, None] >> np.arange(2) & 1).astype(bool).reshape(len(types), -1)


def draw_rows(
    rng: np.random.Generator, count: int, params: CoreSramParams
) -> tuple[np.ndarray, np.ndarray]:
    """Draw rows in which every field takes any value; most thresholds are within reach."""
    neuron, neurons = params.neuron, np.zeros(count, NEURON)
    for name, column in columns_of(neurons, params).items():
        width = dict(params.fields)[name]
        signed = name.startswith(("weight", "leak", "reset", "dx", "dy", "potential"))
        low, high = (-(1 << width - 1), 1 << width - 1) if signed else (0, 1 << width)
        column[...] = rng.integers(low, high, count)
    neurons["mask"] = rng.integers(0, neuron.threshold_bits + 1, count) * rng.integers(0, 2, count)
    for name, bits in (
        ("potential", neuron.potential_bits), ("alpha", neuron.threshold_bits),
        ("beta", neuron.threshold_bits),
    ):  # fmt: skip
        neurons[name] >>= rng.integers(0, bits, count)
    neurons["delay"] *= rng.random(count) < 0.8
    for name in ("weights", "leak"):
        neurons[name] *= rng.random(neurons[name].shape) < 0.85
    far = rng.random(count) < 0.2  # far beyond a threshold, drawn or not, and what is beyond counts
    neurons["potential"][far] = rng.integers(-neuron.top - 1, neuron.top + 1, far.sum())
    neurons["mask"][far] = rng.integers(1, neuron.threshold_bits + 1, far.sum())
    neurons["gamma"][far], neurons["kappa"][far] = 1, False
    for name in ("alpha", "beta"):
        neurons[name][far] >>= neuron.threshold_bits // 2
    ends = rng.random(count) < 0.1  # at an end of the range, and staying there
    neurons["gamma"][ends] |= 2
    neurons["kappa"][ends] = False
    neurons["potential"][ends] = rng.choice([-neuron.top - 1, neuron.top], ends.sum())
    few = [0, 1 / params.axons, min(0.5, 4 / params.axons), min(0.5, 16 / params.axons), 1]
    often = rng.choice(few, (1, count), p=[0.1, 0.25, 0.35, 0.27, 0.03])
    return rng.random((params.axons, count)) < often, neurons
