"""RANC's memory images and test vectors on our cores.

RANC (Mack et al., github.com/UA-RCL/RANC, MIT) is an open reimplementation of such cores. Its test
benches read, from hardware/IP/RANCNetwork/src/simulations/memory_files, folders of

- ``csram_NNN.mem``, a core each, row by row from the south west, a line of bits per neuron:
  synapses (the first axon on the right), potential, R, four weights, leak, threshold, floor (9
  each), reset mode (1: linear), dx, dy (9 each), axon, tick;
- ``tc_NNN.mem``, the type of each of the core's axons;
- ``tb_num_inputs.txt``, packets sent before each step, and ``tb_input.txt``, these: dx, dy, axon,
  tick;
- ``tb_num_outputs.txt`` and ``tb_correct.txt``, likewise what must arrive at the output core, by
  its axon.

A tick of theirs is a delay less one; dy > 0 is north. The output core only receives: what goes
there leaves our array by the east link of its row. How large an array is, and which core is the
output's, is in none of the files, but in the benches (:data:`GRIDS`).
"""

import lzma
import re
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.limits import require_room
from goldspike.model.reading import read_bytes, require_file
from goldspike.model.scratch import scratch
from goldspike.model.truenorth.core import CoreParams
from goldspike.model.truenorth.shared.image import NEURON, CoreImage
from goldspike.model.truenorth.shared.steps import SPIKE

__all__ = ["GRIDS", "Grid", "Ranc", "answers", "images_as_spikes", "load_ranc", "unpacked"]

FIELD = 9
"""Bits of every number but axon and tick."""
NAMES = ("potential", "reset", "weight", "weight", "weight", "weight", "leak", "alpha", "floor")
TICK = 4
PIXELS, STRIDE, BRIGHT = 256, 176, 127
"""Of an image, core k gets the pixels from STRIDE * k on, and those above BRIGHT are spikes."""


class Grid(NamedTuple):
    """An array and its output core."""

    columns: int
    rows: int
    output: tuple[int, int]


GRIDS = {
    "vmm": Grid(3, 3, (2, 2)),
    "tea/128": Grid(8, 4, (0, 3)),
    "tea/256": Grid(4, 3, (0, 2)),
    "tea/512": Grid(2, 3, (0, 2)),
    "tea/512_128": Grid(2, 3, (0, 2)),
}
"""By folder."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Ranc:
    """A network of RANC's with its vectors.

    Attributes
    ----------
    images : list of CoreImage or None
        Row by row from the south west; None for the output core.
    columns, rows : int
    params : CoreParams
    inputs : SPIKE array
        Of one sample.
    latency : int
        Steps from an input to the outputs that it may cause, less one.
    wanted : tuple of sets of int
        The outputs, by axon, of each step from `latency` on.
    """

    images: list[CoreImage | None]
    columns: int
    rows: int
    params: CoreParams
    inputs: NDArray[np.void]
    latency: int
    wanted: tuple[frozenset[int], ...]

    @property
    def steps(self) -> int:
        """How many steps the vectors take."""
        return self.latency + len(self.wanted)

    def found(self, outputs: NDArray[np.void]) -> tuple[frozenset[int], ...]:
        """Return what left an array, as `wanted` has it.

        Parameters
        ----------
        outputs : OUTPUT array
            Of the vectors' run; a spike is on its axon a step after it was sent.
        """
        sets: list[set[int]] = [set() for _ in self.wanted]
        for step, axon in zip(outputs["step"].tolist(), outputs["axon"].tolist(), strict=True):
            place = step - 1 - self.latency
            if 0 <= place < len(sets):
                sets[place].add(axon)
        return tuple(map(frozenset, sets))


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Give a folder of vectors: `path` itself, or what a .tar of it holds.

    Raises
    ------
    InputError
        If it is neither.
    """
    if path.is_dir():
        yield path
        return
    what = "a folder or a .tar of RANC's vectors"
    require_file(path, what)
    with scratch("goldspike-ranc-") as folder:
        try:
            with tarfile.open(path) as archive:
                size = sum(member.size for member in archive)
                require_room(f"{path}: {size} bytes once unpacked", size)
                archive.extractall(folder, filter="data")
        except (OSError, tarfile.TarError, EOFError, lzma.LZMAError, zlib.error):
            raise InputError(f"{path}: expected {what}.") from None
        yield folder


def load_ranc(folder: Path, name: str, grid: Grid | None = None) -> Ranc:
    """Read a network and its vectors.

    Parameters
    ----------
    folder : Path
        With a folder `name` in it, or in its folder ``ranc``.
    name : str
        ``"vmm"``, ``"tea/256"``, ...
    grid : Grid, optional
        By default that of :data:`GRIDS`.

    Raises
    ------
    InputError
        If a file is missing or does not hold what it should; the sentence names it.
    """
    grid = grid or GRIDS.get(name)
    if grid is None:
        raise InputError(f"Expected one of {', '.join(GRIDS)}, not {name!r}.")
    columns, rows, (out_x, out_y) = grid
    place = next((p for p in (folder / name, folder / "ranc" / name) if p.is_dir()), None)
    if place is None:
        raise InputError(f"{folder}: expected a folder {name} with RANC's vectors.")
    types = [_numbers(_lines(path)) for path in sorted(place.glob("tc_*.mem"))]
    texts = [_lines(path) for path in sorted(place.glob("csram_*.mem"))]
    output = out_y * columns + out_x
    if not output <= len(texts) <= columns * rows or len(texts) != len(types) or not texts:
        raise InputError(
            f"{place}: expected files csram_NNN.mem and tc_NNN.mem of {columns} x {rows} cores, "
            f"not {len(texts)} and {len(types)}."
        )
    images: list[CoreImage | None] = [None] * (columns * rows)
    for core, (lines, kinds) in enumerate(zip(texts, types, strict=True)):
        if core != output:
            images[core] = _image(place / f"csram_{core:03}.mem", lines, kinds, core, grid)
    axons, neurons = len(types[0]), len(texts[0])
    inputs = _inputs(place, axons, grid)
    wanted = [
        frozenset(_numbers(some).tolist())
        for some in _split(place, "tb_num_outputs.txt", "tb_correct.txt")
    ]
    return Ranc(
        images=images,
        columns=columns,
        rows=rows,
        params=CoreParams(axons=axons, neurons=neurons),
        inputs=inputs,
        latency=_depth(images, columns, set(inputs["core"].tolist())) - 1,
        wanted=tuple(wanted),
    )


def _lines(path: Path, digits: str = "01") -> list[str]:
    """Return the lines of a file without comments, which hold such digits only."""
    text = read_bytes(path, "a file of RANC's").decode("ascii", "replace")
    lines = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL).split()
    for number, line in enumerate(lines, start=1):
        if line.strip(digits):
            raise InputError(
                f"{path}: expected digits {digits[0]}..{digits[-1]} in line {number}, not "
                f"{line[:20]!r}."
            )
    return lines


def _numbers(lines: list[str]) -> NDArray[np.int64]:
    """Return binary numbers."""
    return np.array([int(line, 2) for line in lines], np.int64)


def _split(place: Path, counts: str, packets: str) -> list[list[str]]:
    """Return a file's lines, divided by what another one counts."""
    lines, sizes = (
        _lines(place / packets),
        [int(line) for line in _lines(place / counts, "0123456789")],
    )
    if sum(sizes) != len(lines):
        raise InputError(f"{place / packets}: expected {sum(sizes)} lines, not {len(lines)}.")
    ends = np.cumsum([0, *sizes]).tolist()
    return [lines[a:b] for a, b in pairwise(ends)]


def _signed(text: str) -> int:
    """Return a number of two's complement."""
    return int(text, 2) - (int(text[0]) << len(text))


def _image(
    path: Path, lines: list[str], types: NDArray[np.int64], core: int, grid: Grid
) -> CoreImage:
    """Return a core."""
    axons = len(types)
    width = (axons - 1).bit_length()
    numbers = axons + len(NAMES) * FIELD
    length = numbers + 1 + 2 * FIELD + width + TICK
    neurons = np.zeros(len(lines), NEURON)
    connected = np.zeros((axons, len(lines)), bool)
    row, column = divmod(core, grid.columns)
    for k, line in enumerate(lines):
        if len(line) != length:
            raise InputError(f"{path}: expected {length} bits for neuron {k}, not {len(line)}.")
        connected[:, k] = np.frombuffer(line[axons - 1 :: -1].encode(), np.uint8) == ord("1")
        values = [_signed(line[axons + FIELD * i :][:FIELD]) for i in range(len(NAMES))]
        potential, reset, *weights, leak, alpha, floor = values
        dx, dy = (_signed(line[numbers + 1 + FIELD * i :][:FIELD]) for i in range(2))
        if (column + dx, row + dy) == grid.output:
            dx, dy = grid.columns - column, 0
        axon, tick = line[-width - TICK : -TICK], line[-TICK:]
        neuron = neurons[k]
        for name, value in (
            ("potential", potential), ("reset", reset), ("weights", weights), ("leak", leak),
            ("alpha", alpha), ("beta", -floor), ("gamma", int(line[numbers])), ("dx", dx),
            ("dy", dy), ("axon", int(axon, 2)), ("delay", int(tick, 2) + 1),
        ):  # fmt: skip
            neuron[name] = value
    try:
        return CoreImage(connected=connected, types=types.astype(np.uint8), neurons=neurons)
    except (ValueError, TypeError) as error:
        raise InputError(f"{path}: {error}.") from None


def _inputs(place: Path, axons: int, grid: Grid) -> NDArray[np.void]:
    """Return the packets that are sent before each step, as spikes."""
    found: list[tuple[int, int, int, int]] = []
    width, path = (axons - 1).bit_length(), place / "tb_input.txt"
    for step, lines in enumerate(_split(place, "tb_num_inputs.txt", path.name)):
        for line in lines:
            if len(line) != 2 * FIELD + width + TICK:
                raise InputError(f"{path}: expected {2 * FIELD + width + TICK} bits, not {line!r}.")
            x, y = _signed(line[:FIELD]), _signed(line[FIELD : 2 * FIELD])
            axon, tick = int(line[-width - TICK : -TICK], 2), int(line[-TICK:], 2)
            if not (0 <= x < grid.columns and 0 <= y < grid.rows and axon < axons):
                raise InputError(
                    f"{path}: expected packets to {axons} axons of {grid.columns} x {grid.rows} "
                    f"cores, not to axon {axon} of ({x}, {y})."
                )
            found.append((0, step + tick, y * grid.columns + x, axon))
    spikes = np.array(found, SPIKE)
    return spikes[np.argsort(spikes["step"], kind="stable")]


def _depth(images: list[CoreImage | None], columns: int, cores: set[int]) -> int:
    """Return how many cores there are at least on the way from `cores` to an east link."""
    for depth in range(1, len(images) + 1):
        following: set[int] = set()
        for core in cores:
            image = images[core]
            if image is None:
                continue
            active = image.neurons[image.connected.any(axis=0)]
            x, y = core % columns + active["dx"], core // columns + active["dy"]
            if (x >= columns).any():
                return depth
            following |= set((y * columns + x).tolist())
        cores = following
    raise InputError("No input reaches the output core.")


def images_as_spikes(x: NDArray[np.uint8]) -> NDArray[np.void]:
    """Return images as spikes on the first cores of ``tea/256``, a sample each, in its first step.

    Parameters
    ----------
    x : uint8 array (n, 784)
        Grey levels.
    """
    cores = (x.shape[1] - PIXELS) // STRIDE + 1
    pixels = STRIDE * np.arange(cores)[:, None] + np.arange(PIXELS)
    sample, core, axon = np.nonzero((x > BRIGHT)[:, pixels])
    found = np.zeros(len(sample), SPIKE)
    found["sample"], found["core"], found["axon"] = sample, core, axon
    return found


def answers(outputs: NDArray[np.void], samples: int, classes: int = 10) -> NDArray[np.int64]:
    """Return the class of most outputs, of equals the first, int64 (samples,).

    Parameters
    ----------
    outputs : OUTPUT array
        The axon's last digit is the class.
    samples, classes : int
    """
    votes = np.zeros((samples, classes), np.int64)
    np.add.at(votes, (outputs["sample"], outputs["axon"] % classes), 1)
    return votes.argmax(axis=1)
