"""The configuration port of an array, word by word: the other side of `array.configuration`."""

from typing import NamedTuple

import numpy as np

from goldspike.model.jit import njit
from goldspike.model.truenorth.core import FIELDS, CoreParams, Cores

__all__ = ["Loader", "loader_of", "take_word"]

KIND, CORE, NEURON, LEFT, TAKEN = range(5)
R_PRNG, R_SEED = 4, 5  # of Cores.registers
POTENTIAL = -1
SIGNED = ("weight_", "leak", "reset", "dx", "dy", "potential")


class Loader(NamedTuple):
    """What a configuration port remembers.

    Attributes
    ----------
    registers : int64 (5,)
        Kind, core and neuron of the header; how many words are to come, and have come.
    words : int64 (most,)
    lengths : int64 (4,)
        Words after a header of each kind; kind 3 announces nothing.
    places : int64 (fields, 4)
        Of every field of a row but the synapses: its column in `Cores.fields` (-1 for the
        potential), lowest bit, width, and whether it is signed.
    """

    registers: np.ndarray
    words: np.ndarray
    lengths: np.ndarray
    places: np.ndarray


def loader_of(params: CoreParams) -> Loader:
    """Return the port after reset."""
    bits = (params.sram.row_bits, 2 * params.axons, 32)
    lengths = [-(-width // 32) for width in bits] + [0]
    places, low = [], params.axons
    for name, width in params.sram.fields[1:]:
        if name == "potential":
            column = POTENTIAL
        elif name.startswith("weight_"):
            column = int(name[-1])
        elif name.startswith("stochastic_weight_"):
            column = 4 + int(name[-1])
        else:
            column = 8 + FIELDS.index(name)
        places.append((column, low, width, name.startswith(SIGNED)))
        low += width
    return Loader(
        registers=np.zeros(5, np.int64),
        words=np.zeros(max(lengths), np.int64),
        lengths=np.array(lengths, np.int64),
        places=np.array(places, np.int64),
    )


@njit
def take_word(cores: Cores, loader: Loader, word: int) -> None:
    """Take a word: a header, or what the last header announced; the last one completes it.

    A row of a neuron that there is not, which nobody may send, goes nowhere.
    """
    registers = loader.registers
    if registers[LEFT] == 0:
        registers[KIND], registers[CORE] = word >> 30 & 3, word >> 16 & 0x3FFF
        registers[NEURON], registers[TAKEN] = word & 0xFFFF, 0
        registers[LEFT] = loader.lengths[registers[KIND]]
        return
    loader.words[registers[TAKEN]] = word
    registers[TAKEN] += 1
    registers[LEFT] -= 1
    core, neuron = registers[CORE], registers[NEURON]
    if registers[LEFT] or core >= cores.fields.shape[0]:
        return
    if registers[KIND] == 0 and neuron < cores.fields.shape[1]:
        load_row(cores, loader, core, neuron)
    elif registers[KIND] == 1:
        for axon in range(cores.types.shape[1]):
            cores.types[core, axon] = number(loader.words, 2 * axon, 2)
    elif registers[KIND] == 2:
        cores.registers[core, R_SEED] = cores.registers[core, R_PRNG] = word


@njit
def load_row(cores: Cores, loader: Loader, core: int, neuron: int) -> None:
    """Load a row from the words."""
    for axon in range(cores.connected.shape[2]):
        cores.connected[core, neuron, axon] = number(loader.words, axon, 1)
    for k in range(loader.places.shape[0]):
        column, low, width, signed = loader.places[k]
        value = number(loader.words, low, width)
        if signed and value >> (width - 1):
            value -= 1 << width
        if column == POTENTIAL:
            cores.potentials[core, neuron] = value
        else:
            cores.fields[core, neuron, column] = value


@njit
def number(words: np.ndarray, low: int, width: int) -> int:
    """Return the number in some bits of the words."""
    value = 0
    for bit in range(width):
        place = low + bit
        value |= (words[place >> 5] >> (place & 31) & 1) << bit
    return value
