"""Random layers, for the random configurations of what a layer goes through."""

from typing import Any

from goldspike.cosim.bench.bench import Choose
from goldspike.model.imc.shared.layer import LayerParams

__all__ = [
    "ROWS_PER_TICK",
    "WEIGHT_BITS",
    "WORD_BITS",
    "vary_chain",
    "vary_memory",
    "vary_timestep",
]

SIDES = range(1, 7)
WORD_BITS = (8, 16, 24, 40, 128)
WEIGHT_BITS = range(2, 9)
ROWS_PER_TICK = range(1, 10)


def vary_layer(choose: Choose) -> dict[str, int]:
    """Choose a small layer, by the names of its parameters."""
    kernel = choose(range(1, 5))
    padding = choose(range(kernel))
    sides = range(max(1, kernel - 2 * padding), SIDES.stop)
    return {
        "height": choose(sides),
        "width": choose(sides),
        "channels": choose(range(1, 6)),
        "outputs": choose(range(1, 4)),
        "kernel": kernel,
        "stride": choose(range(1, 4)),
        "padding": padding,
    }


def vary_memory(choose: Choose, path: str = "") -> dict[str, Any]:
    """Choose an input memory for a small layer; `path` stands before its parameters' names."""
    layer, word_bits = vary_layer(choose), choose(WORD_BITS)
    words = -(-8 * layer["channels"] // word_bits)
    used = layer["height"] * layer["kernel"] * words
    return {
        **{f"{path}layer.{name}": value for name, value in layer.items()},
        f"{path}word_bits": word_bits,
        f"{path}depth": choose(range(used, used + 3)),
    }


def vary_chain(choose: Choose) -> dict[str, Any]:
    """Choose a small chain, from its last layer to its first."""
    layers: list[LayerParams] = []
    side, outputs = (choose((1, 2, 4)), choose((1, 2, 4))), choose(range(1, 4))
    for _ in range(choose(range(1, 4))):
        layer = vary_layer_before(choose, side, outputs)
        layers.insert(0, layer)
        side, outputs = (layer.height, layer.width), layer.channels
    word_bits = choose(WORD_BITS)
    used = max(
        layer.height * layer.kernel * -(-8 * layer.channels // word_bits) for layer in layers
    )
    return {
        "layers": tuple(layers),
        "shifts": tuple(choose(range(10)) for _ in layers),
        "residuals": vary_residuals(choose, layers),
        "replicas": tuple(choose((1, 2)) for _ in layers),
        "classes": choose(range(2, 6)),
        "weight_bits": choose(WEIGHT_BITS),
        "rows_per_tick": choose(ROWS_PER_TICK),
        "word_bits": word_bits,
        "depth": choose(range(used, used + 3)),
    }


def vary_layer_before(choose: Choose, side: tuple[int, int], outputs: int) -> LayerParams:
    """Choose a layer that makes pixels of this shape."""
    kinds = [
        (kernel, stride, padding)
        for kernel in range(1, 5)
        for stride in range(1, 4)
        for padding in range(kernel)
        if all((made - 1) * stride + kernel - 2 * padding in SIDES for made in side)
    ]
    kernel, stride, padding = choose(kinds)
    least = [(made - 1) * stride + kernel - 2 * padding for made in side]
    height, width = (
        choose(range(low, min(low + stride, SIDES.stop))) for low in least
    )  # what is left over is not read
    return LayerParams(
        height=height, width=width, channels=choose(range(1, 4)), outputs=outputs,
        kernel=kernel, stride=stride, padding=padding,
    )  # fmt: skip


def vary_residuals(choose: Choose, layers: list[LayerParams]) -> tuple[tuple[int, int, int], ...]:
    """Choose residuals where they keep their shape, one at most from and to a layer."""
    found: list[tuple[int, int, int]] = []
    for sink, made in enumerate(layers):
        shape = (made.height_out, made.width_out, made.outputs)
        alike = [
            source
            for source, taken in enumerate(layers[:sink])
            if (taken.height, taken.width, taken.channels) == shape
            and source not in {sending for sending, _, _ in found}
        ]
        source = choose((None, *alike))
        if source is not None:
            found.append((source, sink, choose((1, 64))))
    return tuple(found)


def vary_timestep(choose: Choose, memory: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Choose what comes and goes in a timestep, for what :func:`vary_memory` chose at `path`."""
    words = -(-8 * memory[f"{path}layer.channels"] // memory[f"{path}word_bits"])
    arrivals = choose((1, 2, 4))
    return {
        "window": choose(range(arrivals * words, arrivals * words + 3)),
        "arrivals": arrivals,
        "replicas": choose((1, 2, 4)),
        "residual_out": choose((False, True)),
    }
