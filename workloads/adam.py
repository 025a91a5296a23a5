"""The Adam optimiser, in place on NumPy arrays.

Ref: Kingma & Ba, arXiv:1412.6980, algorithm 1.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Adam"]

_BETA1, _BETA2 = 0.9, 0.999
_EPSILON = 1e-12  # the paper's 1e-8 is not small beside gradients per weight LSB


class Adam:
    """Adam whose step size falls to 0 by a half cosine, with bounded weights.

    Parameters
    ----------
    weights : sequence of float arrays
        Changed in place by :meth:`step`.
    bound : float
        Weights are kept within ``-bound..bound``.
    rate : float
        First step size, in units of the weights.
    steps : int
        Steps in all, after which the step size is 0.
    """

    def __init__(
        self, weights: Sequence[NDArray[np.float64]], *, bound: float, rate: float, steps: int
    ) -> None:
        self.weights, self.bound = weights, bound
        self.first = [np.zeros_like(w) for w in weights]
        self.second = [np.zeros_like(w) for w in weights]
        self.rate, self.steps, self.done = rate, steps, 0

    def step(self, gradients: Sequence[NDArray[np.float64]]) -> None:
        """Move every weight against its gradient."""
        self.done += 1
        rate = self.rate * 0.5 * (1 + math.cos(math.pi * self.done / self.steps))
        correction1, correction2 = 1 - _BETA1**self.done, 1 - _BETA2**self.done
        for weight, first, second, gradient in zip(
            self.weights, self.first, self.second, gradients, strict=True
        ):
            # In place, as the arrays are the state.
            np.add(first, (1 - _BETA1) * (gradient - first), out=first)
            np.add(second, (1 - _BETA2) * (gradient * gradient - second), out=second)
            root = np.sqrt(second / correction2) + _EPSILON
            np.subtract(weight, (rate / correction1) * first / root, out=weight)
            np.clip(weight, -self.bound, self.bound, out=weight)
