"""Which pixels a window needs: plain geometry, from which everything else is checked.

Ref: Dazzi 2021, section 2.4. Outputs and pixels go column by column; a window's first row and
column are ``output * stride - padding``. Row buffers keep the rows that two windows of a column
share, so that a pixel is read once per output column.
"""

from collections.abc import Iterator

from goldspike.model.imc.shared.layer import LayerParams

__all__ = ["new_rows", "outputs", "reads", "window_rows"]


def outputs(layer: LayerParams) -> Iterator[tuple[int, int]]:
    """Yield the outputs (x, y) of an image in order."""
    for y in range(layer.width_out):
        for x in range(layer.height_out):
            yield x, y


def window_rows(layer: LayerParams, x: int) -> range:
    """Return the rows of the window of the outputs in row x, padding included."""
    top = x * layer.stride - layer.padding
    return range(top, top + layer.kernel)


def new_rows(layer: LayerParams, x: int) -> range:
    """Return those rows that the window above does not have: what is read into the row buffers."""
    rows = window_rows(layer, x)
    return rows if x == 0 else rows[max(0, layer.kernel - layer.stride) :]


def reads(layer: LayerParams) -> Iterator[tuple[int, int]]:
    """Yield the pixels (x, y) of an image in the order in which they are read, padding left out."""
    for x, y in outputs(layer):
        left = y * layer.stride - layer.padding
        for row in new_rows(layer, x):
            for column in range(left, left + layer.kernel):
                if 0 <= row < layer.height and 0 <= column < layer.width:
                    yield row, column
