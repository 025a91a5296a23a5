"""The shape of a convolutional layer, and the layers of the paper's ResNet-32.

Ref: Dazzi 2021, sections 2.1, 2.4.2 and 3.1, Table 2. A *pixel* is one position over all channels;
x is the position within a column and runs fastest, y is the column.
"""

from dataclasses import dataclass

from goldspike.model.params import require_int

__all__ = ["RESNET32", "LayerParams", "least_pixels", "require_word_bits", "slices"]

ACTIVATION_BITS = 8
"""Bits of an activation, in and out (section 3.1)."""


@dataclass(frozen=True, kw_only=True)
class LayerParams:
    """A convolution.

    Parameters
    ----------
    height, width : int
        Pixels per column, and columns, of the input.
    channels, outputs : int
        Channels of the input and of the output.
    kernel : int
        Side F of the kernel.
    stride : int
        Step of the kernel, the same both ways.
    padding : int
        Rows and columns of zeros around the input, less than the kernel.
    """

    height: int
    width: int
    channels: int
    outputs: int
    kernel: int = 3
    stride: int = 1
    padding: int = 1

    def __post_init__(self) -> None:
        require_int("height", self.height, 1, 4096)
        require_int("width", self.width, 1, 4096)
        require_int("channels", self.channels, 1, 4096)
        require_int("outputs", self.outputs, 1, 4096)
        require_int("kernel", self.kernel, 1, 16)
        require_int("stride", self.stride, 1, 16)
        require_int("padding", self.padding, 0, self.kernel - 1)
        if min(self.height, self.width) + 2 * self.padding < self.kernel:
            raise ValueError(
                f"a kernel of {self.kernel} must fit in {self.height} x {self.width} pixels "
                f"with a padding of {self.padding}"
            )

    @property
    def rows(self) -> int:
        """Rows of the kernel matrix."""
        return self.kernel * self.kernel * self.channels

    @property
    def height_out(self) -> int:
        """Pixels per column of the output."""
        return (self.height + 2 * self.padding - self.kernel) // self.stride + 1

    @property
    def width_out(self) -> int:
        """Columns of the output."""
        return (self.width + 2 * self.padding - self.kernel) // self.stride + 1


def require_word_bits(word_bits: int) -> None:
    """Make sure that words are whole activations.

    Raises
    ------
    TypeError or ValueError
        If they are not.
    """
    require_int("word_bits", word_bits, ACTIVATION_BITS, 4096)
    if word_bits % ACTIVATION_BITS:
        raise ValueError(f"word_bits must be whole bytes, not {word_bits}")


def slices(
    channels: int, segments: tuple[int, ...], word_bytes: int
) -> tuple[tuple[int, int], ...]:
    """Return (first, count) of the channels of each word of a pixel.

    A pixel is cut into segments of so many channels, and each begins on a word; none: one segment.

    Raises
    ------
    ValueError
        If the segments do not make up the channels.
    """
    sizes = segments or (channels,)
    if sum(sizes) != channels or min(sizes) < 1:
        raise ValueError(f"segments must make up {channels} channels, not {segments}")
    begin, found = 0, []
    for size in sizes:
        firsts = range(begin, begin + size, word_bytes)
        found += [(first, min(word_bytes, begin + size - first)) for first in firsts]
        begin += size
    return tuple(found)


def least_pixels(height: int, kernel: int, padding: int) -> int:
    """Return how many pixels must be stored before the first output (section 2.4.2)."""
    return height * (kernel - padding - 1) + (kernel - padding)


def _group(count: int, side: int, channels: int, outputs: int, stride: int, kernel: int) -> tuple:
    layer = LayerParams(
        height=side, width=side, channels=channels, outputs=outputs, kernel=kernel,
        stride=stride, padding=kernel // 2,
    )  # fmt: skip
    return ((count, layer),)


RESNET32: tuple[tuple[str, int, LayerParams], ...] = tuple(
    (name, count, layer)
    for name, group in (
        ("1", _group(1, 32, 3, 16, 1, 3)),
        ("2/11", _group(10, 32, 16, 16, 1, 3)),
        ("RS1", _group(1, 32, 16, 28, 2, 1)),
        ("12", _group(1, 32, 16, 28, 2, 3)),
        ("13/21", _group(9, 16, 28, 28, 1, 3)),
        ("RS2", _group(1, 16, 28, 56, 2, 1)),
        ("22", _group(1, 16, 28, 56, 2, 3)),
        ("23/31", _group(9, 8, 56, 56, 1, 3)),
        ("FC", _group(1, 1, 56, 10, 1, 1)),
    )
    for count, layer in group
)
"""Table 2: name, how many of them, shape. The paper prints 28 input channels for layer 12 and 56
for layer 22; only 16 and 28, the outputs of the layers before them, give its 43 cores and 1.5 KB.
"""
