"""Bench of the core's memory: rows loaded and read, potentials written, types of axons."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held, through
from goldspike.cosim.bench.stimulus import every_tick, get_lines, up
from goldspike.cosim.truenorth.stimuli.core_sram import CoreSramStimulus
from goldspike.hdl.truenorth.core_sram import CoreSram
from goldspike.model.trace import pack_bits
from goldspike.model.truenorth.core_sram import CoreSramModel, CoreSramParams
from goldspike.model.truenorth.neuron import NeuronParams

__all__ = ["BENCH", "CoreSramBench"]

NARROW = NeuronParams(potential_bits=4, weight_bits=2, threshold_bits=1)


class CoreSramBench(CoreSramStimulus):
    """Memories of one row to 256, one of them with narrow fields."""

    rtl = CoreSram
    configs: ClassVar = {
        "256x256": CoreSramParams(),
        "one": CoreSramParams(axons=1, neurons=1),
        "5x3": CoreSramParams(axons=5, neurons=3, neuron=NARROW),
        "40x24": CoreSramParams(axons=40, neurons=24),
    }
    varied: ClassVar = {"axons": (1, 2, 5, 17, 40, 65), "neurons": (1, 2, 3, 7, 16, 24)}
    published = "256x256"
    checks = Checks(
        group="scheduler, memory", gates="5x3", mutants=("5x3",), block_memory=True, random=1
    )
    shown = "5x3"
    outlasts = "write"

    def follow(self, rows: np.ndarray) -> tuple[list[tuple], np.ndarray]:
        """Return the rows that the golden model reads, and the type that it shows on every tick."""
        params, filled = self.params, every_tick(rows, self.idle)
        loaded = numbers(get_lines(filled, "load_row", params.row_bits))
        types = numbers(get_lines(filled, "types", 2 * params.axons))
        model, records, shown = CoreSramModel(params), [], []
        size = -(-params.row_bits // 8)
        flags = ("read", "write", "load", "load_types")
        places = ("read_neuron", "write_neuron", "load_neuron", "potential")
        for k, row in enumerate(filled):
            shown.append(model.types[int(row["axon"])])
            pins: dict[str, Any] = {name: bool(row[name]) for name in flags}
            pins |= {name: int(row[name]) for name in places}
            model.tick(**pins, load_row=loaded[k], types=types[k])
            if pins["read"]:
                read = np.frombuffer(model.row.to_bytes(size, "little"), np.uint8)
                records.append((row["tick"], read))
        return records, np.array(shown)

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Do what was seen."""
        return np.array(self.follow(rows)[0], self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the row read last; the type is that of the tick's axon."""
        return {
            "row": held(expected["tick"], expected["row"]),
            "axon_type": through(self.follow(rows)[1]),
        }

    def free(self, rows: np.ndarray, expected: np.ndarray, pins: Pins) -> Pins:
        """Leave row and types open until there are some: a reset does not touch them."""
        nothing = np.zeros((1, self.params.row_bits), bool)
        loaded = up(rows, "load_types")[:1]
        return {
            "row": held(expected["tick"][:1], nothing, 1),
            "axon_type": held(loaded, np.zeros(loaded.size, np.int64), 3),
        }


def numbers(lines: np.ndarray) -> list[int]:
    """Return boolean lines ``(ticks, n)`` as integers."""
    return [int.from_bytes(row.tobytes(), "little") for row in pack_bits(lines)]


BENCH = CoreSramBench
