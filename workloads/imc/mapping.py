"""Kernel matrices on crossbar arrays: replicas of a kernel, and layers split over several cores.

Ref: Dazzi 2021, section 2.2 (replicas, Eq. 2 to 4, Fig. 6) and section 2.4.4 (splitting, Eq. 5, 6).
A kernel matrix has F * F * Cin rows and Cout columns. Replicas compute neighbouring outputs at
once; where their input patches overlap they share rows, so that the rows needed are Cin times the
size of the union of the patches.
"""

from dataclasses import dataclass

from goldspike.model.imc.shared.array import ranges
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.model.params import require_int

__all__ = [
    "Part",
    "aspect_ratio",
    "largest_replication",
    "least_aspect_ratio",
    "one_direction_aspect_ratio",
    "patch_rows",
    "split",
    "utilisation",
]


def patch_rows(replicas: int, width: int, kernel: int, channels: int) -> int:
    """Return the crossbar rows that `replicas` kernels take side by side.

    Parameters
    ----------
    replicas : int
        Kernels n, filled in row by row over a width of `width` outputs.
    width : int
        Outputs side by side, the paper's delta-W: 1 is method 1, more is method 2.
    kernel, channels : int
        F and Cin.
    """
    require_int("replicas", replicas, 1)
    require_int("width", width, 1)
    full, rest = divmod(replicas, width)
    if full == 0:  # a single row of outputs that is not full
        return channels * kernel * (kernel + replicas - 1)
    pixels = (width + kernel - 1) * (full + kernel - 1)
    if rest:  # one more row of pixels below the outputs that are left over
        pixels += rest + kernel - 1
    return channels * pixels


def aspect_ratio(replicas: int, width: int, layer: LayerParams) -> float:
    """Return rows over columns of the collective kernel matrix (Fig. 6A)."""
    rows = patch_rows(replicas, width, layer.kernel, layer.channels)
    return rows / (replicas * layer.outputs)


def one_direction_aspect_ratio(replicas: int, layer: LayerParams) -> float:
    """Return the aspect ratio of method 1 as Eq. 2 has it."""
    f, n = layer.kernel, replicas
    return f * f * layer.channels / layer.outputs * (1 + (n - 1) / f) / (1 + (n - 1))


def least_aspect_ratio(layer: LayerParams) -> float:
    """Return the aspect ratio with one replica per output pixel (Eq. 3)."""
    inputs = layer.channels * layer.height * layer.width
    return inputs / (layer.outputs * layer.height_out * layer.width_out)


def utilisation(replicas: int, layer: LayerParams, rows: int, columns: int) -> float:
    """Return the part of an array's devices that hold weights (Eq. 4)."""
    return replicas * layer.rows * layer.outputs / (rows * columns)


def largest_replication(layer: LayerParams, rows: int, columns: int) -> tuple[int, int]:
    """Return the most replicas that fit on an array, and the smallest width for them; or (0, 1)."""
    best = (0, 1)
    for width in range(1, columns // layer.outputs + 1):
        for replicas in range(width, columns // layer.outputs + 1):
            fits = patch_rows(replicas, width, layer.kernel, layer.channels) <= rows
            if fits and replicas > best[0]:
                best = (replicas, width)
    return best


@dataclass(frozen=True)
class Part:
    """What one core holds of a layer that is split: a range of inputs and one of outputs."""

    first_input: int
    inputs: int
    first_output: int
    outputs: int


def split(layer: LayerParams, rows: int, columns: int) -> list[Part]:
    """Split a layer over as few cores as can be.

    Too many rows: cores share the input channels and their partial sums are added (Eq. 5). Too many
    columns: cores share the output channels, which are put side by side (Eq. 6).

    Raises
    ------
    ValueError
        If one channel's kernel alone has more rows than the array.
    """
    channels = rows // (layer.kernel * layer.kernel)  # input channels that fit on one array
    if channels == 0:
        raise ValueError(
            f"an array needs at least {layer.kernel * layer.kernel} rows for this kernel, "
            f"not {rows}"
        )
    by_rows = ranges(layer.channels, -(-layer.channels // channels))
    by_columns = ranges(layer.outputs, -(-layer.outputs // columns))
    return [Part(*inputs, *outputs) for outputs in by_columns for inputs in by_rows]
