"""The engines of tiled macros with a circuit: ``rtl`` and ``lockstep``.

One compiled macro stands for all of a chip's: it is written with a tile's cells and given the
tile's vectors, one after the other, each as soon as the products of the one before are out. What is
reported is what its trace shows: products, the ticks of their conversions, the word-lines asserted.
"""

import numpy as np

from goldspike.cosim.bench.scoreboard import LockstepError, judge
from goldspike.cosim.bench.stimulus import set_lines
from goldspike.cosim.rram.macro import MacroBench
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.rram.macro import Macro
from goldspike.model.rram.macro import LATENCY, MacroParams
from goldspike.model.rram.word_line_controller import conversion_ticks
from goldspike.rram.engine import TiledEngine
from goldspike.workloads.rram.mapping import Tile
from goldspike.workloads.rram.network import MultiLayer

__all__ = ["CircuitEngine"]


class CircuitEngine(TiledEngine):
    """The compiled macro, compared with its golden model if asked to."""

    batch = 32

    def __init__(self, net: MultiLayer, params: MacroParams, *, compared: bool) -> None:
        super().__init__(net, params)
        self.compared = compared
        self.bench = MacroBench("a network's", params)
        self.simulator = BatchSimulator(Macro(params, trace=True), params.trace, fast=True)
        self.simulator.watched = compared

    def close(self) -> None:
        """Free the simulator."""
        self.simulator.close()

    def run_tile(
        self, number: int, tile: Tile, part: np.ndarray, first: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Write the cells, send the vectors, and read the trace.

        Raises
        ------
        LockstepError
            If `compared` and the golden model says otherwise, or if a vector was lost.
        """
        rows, starts = self.stimulus(tile.cells, part)
        self.simulator.reset()
        end = int(rows["tick"][-1])
        records = self.simulator.run(rows, end)
        if self.compared:
            expected = self.bench.expect(rows)
            found = judge(self.bench, rows, expected, records, end, self.simulator.pins)
            if found["mismatch"]:
                raise LockstepError(f"rram/macro, tile {number}, {found['mismatch']}")
        parts = self.bench.split(records)
        products, controller = parts["products"], parts["controller"]
        if len(products) != len(part):
            raise LockstepError(
                f"rram/macro, tile {number}: {len(part)} vectors in, {len(products)} out"
            )
        ticks = products["tick"] - starts - (LATENCY - 1)
        opened = controller[controller["column"] == 0]  # a group's first conversion
        of = np.searchsorted(products["tick"], opened["tick"])
        on = np.bitwise_count(opened["word_lines"]).sum(axis=1, dtype=np.int64)
        asserted = np.bincount(of, on, len(part)).astype(np.int64)
        return self.logical(products["totals"]), ticks, asserted

    def stimulus(self, cells: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of a run, and the tick on which each vector is started."""
        params, n = self.params, len(part)
        spent = conversion_ticks(part, params.controller)
        products = params.columns // self.net.weight_bits
        begins = params.rows + 2 + np.append(0, np.cumsum(spent + self.fixed(products)))
        rows = self.simulator.stimulus(params.rows + 1 + n * (params.words + 1) + 1)
        written, sent, last = np.split(rows, [params.rows, len(rows) - 1])
        written["tick"] = 1 + np.arange(params.rows)
        written["write"] = 1
        written["write_row"] = np.arange(params.rows)
        set_lines(written, "write_data", cells.astype(bool))
        sent["tick"][0] = params.rows + 1
        words = sent[1:].reshape(n, params.words + 1)  # a vector's words, and a row with none
        words["tick"] = begins[:-1, None] + np.arange(params.words + 1)
        words["in_valid"][:, :-1] = 1
        padded = np.zeros((n, params.words * params.lanes), np.uint8)
        padded[:, : params.rows] = part
        lines = np.unpackbits(
            padded.reshape(-1, params.lanes, 1), axis=2, bitorder="little", count=params.input_bits
        )
        offered = words[:, :-1].reshape(-1)
        set_lines(offered, "in_data", lines.reshape(len(offered), -1).astype(bool))
        words[:, :-1] = offered.reshape(n, -1)
        sent["precision"] = params.precisions.index(self.net.weight_bits)
        sent["out_ready"] = 1
        last[:] = sent[-1]
        last["tick"] = begins[-1]
        return rows, begins[:-1] + params.words

    def fixed(self, products: int) -> int:
        """Return a vector's ticks beside its conversions."""
        return self.params.words + LATENCY + products

    def logical(self, totals: np.ndarray) -> np.ndarray:
        """Return traced totals, ADC by ADC, as logical columns, int64 (n, columns // bits)."""
        params = self.params
        wide = np.int64(1) << (params.product_bits - 1)
        numbers = (totals.astype(np.int64) ^ wide) - wide  # two's complement
        slots = params.share // self.net.weight_bits
        by_adc = numbers.reshape(len(totals), params.adcs, params.share)
        return by_adc[:, :, :slots].reshape(len(totals), -1)
