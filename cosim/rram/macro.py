"""Bench of the macro: every pin and every product, of vectors that come and go at any pace."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, through
from goldspike.cosim.bench.stimulus import LONG, every_tick, get_lines, longest
from goldspike.cosim.rram.stimuli.macro import INPUTS, MacroStimulus, drain
from goldspike.hdl.rram.macro import Macro
from goldspike.model.rram.macro import LATENCY, MacroParams, simulate
from goldspike.model.rram.word_line_controller import conversion_ticks, groups
from goldspike.model.trace import pack_bits

__all__ = ["BENCH", "MacroBench"]

PINS = ("in_ready", "out_valid", "out_data", "out_last", "write_ready", "busy")


class MacroBench(MacroStimulus):
    """The published macro, and some of a few rows and ADCs, down to one of each."""

    rtl = Macro
    configs: ClassVar = {
        "128x128": MacroParams(),
        "one": MacroParams(rows=1, adcs=1, share=1, adc_bits=1, input_bits=1, lanes=1),
        "5x4": MacroParams(rows=5, adcs=2, share=2, adc_bits=2, input_bits=3, lanes=2),
        "9x12": MacroParams(rows=9, adcs=3, share=4, lanes=4),
        "6x8": MacroParams(rows=6, adcs=1, adc_bits=4, input_bits=5, lanes=7),
    }
    varied: ClassVar = {
        "rows": range(1, 20), "adcs": range(1, 5), "share": (1, 2, 4, 8),
        "adc_bits": range(1, 6), "input_bits": range(1, 9), "lanes": range(1, 10),
    }  # fmt: skip
    published = "128x128"
    checks = Checks(
        group="macro", assembled=True, gates="5x4", mutants=("5x4",), synthesis="5x4", joined=True,
        slow=("128x128",), vectors=("5x4", 1400), random=1,
    )  # fmt: skip
    shown = "5x4"

    def follow(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """Run what was seen, and on; return every tick's inputs, its pins, and the vectors."""
        params = self.params
        filled = every_tick(rows, drain(params))
        pins_in = np.stack([*(filled[name] for name in INPUTS), np.zeros(filled.size)], axis=1)
        lines = get_lines(filled, "in_data", params.lanes * params.input_bits)
        places = 1 << np.arange(params.input_bits)
        words = lines.reshape(filled.size, params.lanes, params.input_bits) @ places
        data = get_lines(filled, "write_data", params.columns).astype(np.uint8)
        shape = (params.rows, params.adcs, params.share, params.controller.rows_at_once)
        pins = np.zeros((filled.size, len(PINS)), np.int64)
        most = int(filled["in_valid"].sum()) // params.words + 1
        totals, ends = np.zeros((most, params.columns), np.int64), np.zeros(most, np.int64)
        computed = simulate(
            np.array([*shape, params.input_bits, params.lanes]),
            np.zeros((params.rows, params.columns), np.uint8),
            pins_in.astype(np.int64), words.astype(np.uint8), data, pins, totals, ends,
        )  # fmt: skip
        accepted = (filled["in_valid"] == 1) & (pins[:, 0] == 1)
        vectors = words[accepted][: computed * params.words].reshape(computed, -1)
        first = np.flatnonzero(accepted)[:: params.words][:computed]
        return filled, pins, {
            "inputs": vectors[:, : params.rows],
            "precision": filled["precision"][first],
            "signed": filled["signed_inputs"][first],
            "totals": totals[:computed],
            "ends": filled["tick"][ends[:computed]],
        }  # fmt: skip

    def expect(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Run what was seen."""
        params, (_, _, vectors) = self.params, self.follow(rows)
        layouts = dict(params.parts)
        products: Any = np.zeros(vectors["ends"].size, layouts["products"].record_dtype)
        products["tick"] = vectors["ends"]
        products["totals"] = vectors["totals"] & (1 << params.product_bits) - 1
        controller = params.controller
        starts = vectors["ends"] - conversion_ticks(vectors["inputs"], controller) - LATENCY + 1
        found = []
        for start, vector in zip(starts, vectors["inputs"], strict=True):
            for k, group in enumerate(groups(vector, controller)):
                lines = np.zeros(params.rows, bool)
                lines[group.rows] = True
                tick = start + 1 + params.share * k
                found.append((tick, pack_bits(lines), 0, group.plane, group.first, group.last))
        layout = layouts["controller"]
        conversions: Any = np.repeat(np.array(found, layout.record_dtype), params.share)
        conversions["column"] = np.arange(conversions.size) % params.share
        conversions["tick"] += conversions["column"]
        return {"controller": conversions, "products": products}

    def split(self, records: np.ndarray) -> dict[str, np.ndarray]:
        """Split the records into the controller's and the products'."""
        return {name: layout.select(records, name) for name, layout in self.params.parts}

    def pins(self, rows: np.ndarray, expected: dict[str, np.ndarray]) -> Pins:
        """Take the golden model's pins."""
        _, pins, _ = self.follow(rows)
        pins[:, PINS.index("out_data")] &= (1 << self.params.product_bits) - 1
        rest = {"in_ready": 1, "write_ready": 1}
        return {name: through(pins[:, k], rest.get(name, 0)) for k, name in enumerate(PINS)}

    def coverage(self, rows: np.ndarray, records: dict[str, np.ndarray]) -> dict[str, int]:
        """Vectors of every kind, stalls on both sides, writes at every moment; both limits."""
        params, (filled, pins, vectors) = self.params, self.follow(rows)
        ready, valid, _, last, free, _ = (pins == 1).T
        inputs = {name: filled[name] == 1 for name in INPUTS}
        offered, taken, write = (inputs[k] for k in ("in_valid", "out_ready", "write"))
        starts = vectors["ends"] - conversion_ticks(vectors["inputs"], params.controller) - 4
        starting, ended = np.zeros((2, filled.size), bool)
        starting[starts - 1] = True
        ended[1:] = (last & taken)[:-1]
        ones = np.count_nonzero(vectors["inputs"], axis=1)
        most, totals = (1 << params.input_bits) - 1, vectors["totals"]
        top = max(1, 1 << (params.share - 1))
        bins = {
            "a vector of zeros": (ones == 0).sum(),
            "a vector of the largest inputs": (vectors["inputs"] == most).all(axis=1).sum(),
            "the largest product": (totals == params.rows * most * max(1, top - 1)).sum(),
            "a word waits": (offered & ~ready).sum(),
            "a product waits": (valid & ~taken).sum(),
            "a product waits for long": longest(valid & ~taken) >= LONG,
            "a vector starts on the tick after a last product": (starting & ended).sum(),
            "a word on the tick after a start": (offered[1:] & starting[:-1]).sum(),
            "a row refused": (write & ~free).sum(),
            "a row written on the tick of a start": (write & starting).sum(),
            "a row written while products leave": (write & valid).sum(),
            "a row written as the last product leaves": (write & last & taken).sum(),
            "signed inputs": (vectors["signed"] == 1).sum(),
            "unsigned inputs": (vectors["signed"] == 0).sum(),
        }
        for k, bits in enumerate(params.precisions):
            bins[f"weights of {bits} bits"] = (vectors["precision"] == k).sum()
        if params.share > 1:
            bins["the lowest product"] = (totals == -params.rows * most * top).sum()
        return bins


BENCH = MacroBench
