"""Synapse memory: one row of binary weights per pre-synaptic neuron.

Ref: Chundi 2021, "Synapse Block" and "On-Chip SRAM": one macro per core, 256 x 128 or 128 x 128
bits; a word-line gives all weights of a neuron in a single access. A scan chain writes it. It keeps
its supply while the synapse block around it is off.

Assumptions, where the paper is silent: a one is the weight +1, a zero is -1. After reset a memory
holds zeros. The word that was read last stays at the output until the next read.

Timing: `read` with `row` on tick t: the word is at the output after t. A write on tick t counts for
reads from t + 1 on. Read and write on one tick, and rows beyond the last, are outside the contract.
Storage is ``registers`` or ``memory`` (block memory of an FPGA); both do the same on every tick.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout, pack_bits

__all__ = ["Storage", "SynapseMemoryModel", "SynapseMemoryParams", "bits_of"]


class Storage(Enum):
    """What holds the weights."""

    REGISTERS = "registers"
    MEMORY = "memory"


@dataclass(frozen=True, kw_only=True)
class SynapseMemoryParams:
    """A synapse memory.

    Parameters
    ----------
    rows : int
        Pre-synaptic neurons, 1..512.
    columns : int
        Weights per row, one per post-synaptic neuron, 1..512.
    storage : Storage or str
        ``registers`` or ``memory``.
    """

    rows: int = 128
    columns: int = 128
    storage: Storage = Storage.REGISTERS

    def __post_init__(self) -> None:
        require_int("rows", self.rows, 1, 512)
        require_int("columns", self.columns, 1, 512)
        try:
            object.__setattr__(self, "storage", Storage(self.storage))
        except ValueError:
            raise ValueError(f"storage must be registers or memory, not {self.storage!r}") from None

    @property
    def row_bits(self) -> int:
        """Width of a row's number."""
        return max(1, (self.rows - 1).bit_length())

    @property
    def synapses(self) -> int:
        """Number of weights."""
        return self.rows * self.columns

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick with a read: the word."""
        return TraceLayout((Field("word", self.columns, bitmap=True),))


def bits_of(weights: np.ndarray) -> np.ndarray:
    """Return weights of -1 and +1 as bool.

    Raises
    ------
    ValueError
        If there are others.
    """
    weights = np.asarray(weights)
    others = weights[(weights != 1) & (weights != -1)]
    if others.size:
        raise ValueError(f"weights must be -1 or +1, not {others[0]!s}")
    return weights == 1


class SynapseMemoryModel:
    """A golden memory.

    Attributes
    ----------
    weights : bool (rows, columns)
        True is +1.
    word : bool (columns,)
        What was read last.
    """

    def __init__(self, params: SynapseMemoryParams) -> None:
        self.params = params
        self.weights = np.zeros((params.rows, params.columns), bool)
        self.word = np.zeros(params.columns, bool)

    def write(self, row: int, word: np.ndarray) -> None:
        """Write a row of bool (columns,)."""
        self.weights[row] = word

    def read(self, row: int) -> np.ndarray:
        """Read a row; return the trace word (0-d structured array)."""
        self.word = self.weights[row].copy()
        traced = np.zeros((), self.params.trace.dtype)
        traced["word"] = pack_bits(self.word)
        return traced
