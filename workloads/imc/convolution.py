"""A plain convolution in integers: what every other level must equal.

Ref: Dazzi 2021, section 2.1, Eq. 1.
"""

import numpy as np

from goldspike.model.imc.shared.layer import LayerParams

__all__ = ["convolve"]


def convolve(image: np.ndarray, weights: np.ndarray, layer: LayerParams) -> np.ndarray:
    """Return the pre-activations of a layer.

    Parameters
    ----------
    image : int8 (height, width, channels)
        First index x, second y.
    weights : int8 (kernel, kernel, channels, outputs)
    layer : LayerParams

    Returns
    -------
    int64 (height_out, width_out, outputs)
    """
    pad, f, s = layer.padding, layer.kernel, layer.stride
    padded = np.pad(image.astype(np.int64), ((pad, pad), (pad, pad), (0, 0)))
    out = np.zeros((layer.height_out, layer.width_out, layer.outputs), np.int64)
    for a in range(f):
        for b in range(f):
            last_x, last_y = a + s * layer.height_out, b + s * layer.width_out
            part = padded[a:last_x:s, b:last_y:s][: layer.height_out, : layer.width_out]
            out += part @ weights[a, b].astype(np.int64)
    return out
