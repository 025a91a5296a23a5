"""Devices and amplifiers that are not ideal: how errors of the ADCs reach the products.

In the model only: the circuit's stand-in for the array counts, and has no currents. All currents
are in units of a conducting cell's mean current. Four things may be wrong, each off by default:

- ``on_off``: the ratio of the currents of a cell in its low- and its high-resistance state; 0
  stands for an infinite one. With a finite one, the rows of a group whose cells are off add up.
- ``spread``: standard deviation of a cell's current, relative to its mean; drawn once per cell,
  never below 0.
- ``offset``: standard deviation of a sense amplifier's reference, in conducting cells; drawn once
  per amplifier.
- ``noise``: standard deviation of every single reading of a bit-line, in conducting cells.

Normal distributions throughout; the paper names the effects ('Benchmark': read noise and on/off
ratio) without figures for this chip. References lie half-way between whole numbers of cells.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from goldspike.model.jit import njit
from goldspike.model.rram.macro import MacroParams

__all__ = ["Device", "NonIdeal", "draw"]


@dataclass(frozen=True, kw_only=True)
class NonIdeal:
    """What is not ideal; see the module.

    Parameters
    ----------
    on_off, spread, offset, noise : float
        At least 0.
    seed : int
        Of all that is drawn.
    """

    on_off: float = 0.0
    spread: float = 0.0
    offset: float = 0.0
    noise: float = 0.0
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("on_off", "spread", "offset", "noise"):
            value = getattr(self, name)
            if not 0 <= value <= 1e6:
                raise ValueError(f"{name} must be in 0..1e6, not {value!r}")
        if 0 < self.on_off < 1:
            raise ValueError(f"on_off must be 0 (infinite) or at least 1, not {self.on_off!r}")
        if not 0 <= self.seed < 1 << 63:
            raise ValueError(f"seed must be in 0..2**63 - 1, not {self.seed!r}")

    @property
    def ideal(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.on_off or self.spread or self.offset or self.noise)


@dataclass(frozen=True, eq=False)
class Device:
    """One macro as it was made.

    Attributes
    ----------
    currents : float64 (rows, columns)
    references : float64 (adcs, amplifiers)
    """

    params: MacroParams
    nonideal: NonIdeal
    number: int
    currents: np.ndarray
    references: np.ndarray

    def products(self, vectors: np.ndarray, bits: int, first: int) -> np.ndarray:
        """Return what the macro makes of vectors, int64 (n, columns // bits).

        Parameters
        ----------
        vectors : uint8 (n, rows)
            Unsigned inputs.
        bits : int
            Of a weight.
        first : int
            Number of the first vector in the run, with which its noise is drawn.
        """
        params = self.params
        found = np.empty((len(vectors), params.columns // bits), np.int64)
        for k, vector in enumerate(vectors):
            rng = np.random.default_rng([self.nonideal.seed, self.number, first + k])
            convert(
                vector,
                self.currents,
                self.references,
                self.nonideal.noise,
                params.input_bits,
                params.share,
                bits,
                rng,
                found[k],
            )
        return found


def draw(params: MacroParams, cells: np.ndarray, nonideal: NonIdeal, number: int) -> Device:
    """Return macro number `number` of a chip, with these cells, uint8 (rows, columns)."""
    rng = np.random.default_rng([nonideal.seed, number])
    off = 1 / nonideal.on_off if nonideal.on_off else 0.0
    mean = np.where(cells == 1, 1.0, off)
    currents = mean * (1 + nonideal.spread * rng.standard_normal(cells.shape))
    amplifiers = params.adc.amplifiers
    references = 0.5 + np.arange(amplifiers) + np.zeros((params.adcs, 1))
    references += nonideal.offset * rng.standard_normal(references.shape)
    return Device(params, nonideal, number, np.maximum(currents, 0), references)


@njit
def convert(
    vector: np.ndarray,
    currents: np.ndarray,
    references: np.ndarray,
    noise: float,
    input_bits: int,
    share: int,
    bits: int,
    rng: Any,
    products: np.ndarray,
) -> None:
    """Compute a vector's products, group by group and conversion by conversion."""
    rows_at_once = references.shape[1]
    products[:] = 0
    group = np.empty(rows_at_once, np.int64)
    for plane in range(input_bits):
        row = 0
        while row < vector.size:
            count = 0
            while row < vector.size and count < rows_at_once:
                if vector[row] >> plane & 1:
                    group[count] = row
                    count += 1
                row += 1
            if count == 0:
                break
            for column in range(currents.shape[1]):
                level = noise * rng.standard_normal() if noise else 0.0
                for k in range(count):
                    level += currents[group[k], column]
                code = 0
                for k in range(rows_at_once):
                    code += level > references[column // share, k]
                place = column % bits
                term = code << (plane + place)
                products[column // bits] += -term if bits > 1 and place == bits - 1 else term
