"""Ways to place a layer on cores of an array: replicas, copies, row and column parts.

Ref: Dazzi 2021, sections 2.2 (method 1) and 2.4.4 (Eq. 5, 6).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from goldspike.model.errors import InputError
from goldspike.model.imc.shared.chain import MOST_REPLICAS
from goldspike.model.imc.shared.layer import ACTIVATION_BITS, LayerParams

__all__ = ["Limits", "Option", "every_option", "options", "passing", "union_rows"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """An array.

    Parameters
    ----------
    cores : int
        The fully connected layer takes one of them.
    rows, columns : int
        Of a crossbar.
    link_bits : int
        Bits that a link carries in a timestep; 0: as many as asked for.
    memory_bytes : int
        Of a core's input memory.
    """

    cores: int = 48
    rows: int = 256
    columns: int = 256
    link_bits: int = 0
    memory_bytes: int = 8192


@dataclass(frozen=True)
class Option:
    """One way to place a layer: its cores, outputs per timestep, and hops of its partial sums."""

    cores: int
    replicas: int
    row_parts: int
    column_parts: int = 1

    @property
    def hops(self) -> int:
        """Timesteps that partial sums take from the first core to the last."""
        return self.row_parts - 1


def union_rows(layer: LayerParams, replicas: int, channels: int | None = None) -> int:
    """Return the crossbar rows of outputs that follow each other in a column."""
    high = min(layer.kernel + layer.stride * (replicas - 1), layer.kernel * replicas)
    return (layer.channels if channels is None else channels) * layer.kernel * high


def options(layer: LayerParams, limits: Limits, spare: int) -> list[Option]:
    """Return the ways to place a layer that no other way of as many cores beats.

    Parameters
    ----------
    layer : LayerParams
    limits : Limits
    spare : int
        Cores beyond the fewest.

    Raises
    ------
    InputError
        If there is none; the sentence says why.
    """
    found = list(every_option(layer, limits, spare))
    if not found:
        raise InputError(reason(layer, limits))
    fewest = min(option.cores for option in found)
    found = [option for option in found if option.cores <= fewest + spare]
    kept: list[Option] = []
    for option in sorted(set(found), key=lambda o: (o.cores, o.hops, o.column_parts, -o.replicas)):
        beaten = any(o.replicas >= option.replicas and o.hops <= option.hops for o in kept)
        kept += [] if beaten else [option]
    return kept


def every_option(layer: LayerParams, limits: Limits, spare: int) -> Iterator[Option]:
    """Yield the ways to place a layer on few cores."""
    most = -(-layer.rows // limits.rows) * -(-layer.outputs // limits.columns) + spare + 1
    for row_parts in range(1, min(layer.channels, most) + 1):
        for column_parts in range(1, min(layer.outputs, most) + 1):
            channels = -(-layer.channels // row_parts)
            outputs = -(-layer.outputs // column_parts)
            fitting = [
                n
                for n in range(1, min(MOST_REPLICAS, limits.columns // outputs) + 1)
                if union_rows(layer, n, channels) <= limits.rows
                and n <= passing(layer, limits, row_parts, outputs)
            ]
            for copies in range(1, most // (row_parts * column_parts) + 1) if fitting else ():
                replicas = min(copies * max(fitting), MOST_REPLICAS)
                yield Option(copies * row_parts * column_parts, replicas, row_parts, column_parts)


def sum_bits(layer: LayerParams, row_parts: int, outputs: int) -> int:
    """Return the bits of a core's partial sums before the last core."""
    rows = layer.rows - layer.kernel**2 * (layer.channels // row_parts)
    return -(-(2 * ACTIVATION_BITS - 1 + rows.bit_length()) // 8) * 8 * outputs


def passing(layer: LayerParams, limits: Limits, row_parts: int, outputs: int) -> int:
    """Return how many outputs pass a core's links in a timestep."""
    bits = outputs * ACTIVATION_BITS
    if row_parts > 1:
        bits = sum_bits(layer, row_parts, outputs)
    return limits.link_bits // bits if limits.link_bits else MOST_REPLICAS


def reason(layer: LayerParams, limits: Limits) -> str:
    """Return why a layer cannot be placed, as a sentence."""
    name = f"A layer of {layer.kernel} x {layer.kernel} x {layer.channels} x {layer.outputs}"
    if layer.kernel**2 > limits.rows:
        return f"{name} needs crossbars of at least {layer.kernel**2} rows, not {limits.rows}."
    row_parts = -(-layer.channels // (limits.rows // layer.kernel**2))
    if row_parts > 1:
        bits = sum_bits(layer, row_parts, min(layer.outputs, limits.columns))
        return (
            f"{name} takes {row_parts} cores, whose partial sums are {bits} bits each, but a link "
            f"carries {limits.link_bits} in a timestep."
        )
    bits = layer.outputs * ACTIVATION_BITS
    return (
        f"{name} makes pixels of {bits} bits, but a link carries {limits.link_bits} in a timestep."
    )
