"""A network on RRAM macros with its settings: how it is read, run over images, and summed up."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.chip import Arrays, Choices, Engine, Loaded
from goldspike.confusion import confusion_of
from goldspike.model.errors import InputError
from goldspike.model.limits import require_room
from goldspike.model.rram.macro import LATENCY, MacroParams
from goldspike.model.rram.shared.nonideal import NonIdeal
from goldspike.rram.engine import GoldenEngine, Result, total
from goldspike.rram.estimate import ENERGY_MODEL, Activity, energy_pj
from goldspike.workloads.dataset import Dataset, network_inputs
from goldspike.workloads.rram.mapping import tiles
from goldspike.workloads.rram.network import MultiLayer, load_network

__all__ = ["LoadedNetwork", "load"]

MACRO = ("rows", "adcs", "share", "adc_bits", "lanes")
"""Settings of the macro; the others are of its devices, or of how many there are."""


class LoadedNetwork(Loaded):
    """A network on macros.

    Parameters
    ----------
    path : Path
        Of its file.
    net : MultiLayer
    params : MacroParams
    macros : int
        How many there are; 0: as many as tiles.
    nonideal : NonIdeal
    """

    def __init__(
        self,
        path: Path,
        net: MultiLayer,
        params: MacroParams,
        macros: int,
        nonideal: NonIdeal,
    ) -> None:
        self.path = path
        self.net, self.params, self.nonideal = net, params, nonideal
        self.seed = nonideal.seed
        self.classes = net.sizes[-1]
        self.tiles = tiles(net, params)
        self.macros = min(macros, len(self.tiles)) or len(self.tiles)

    def inputs(self, dataset: Dataset) -> np.ndarray:
        """Return images as grey levels, uint8 (n, inputs)."""
        return network_inputs(dataset, self.net.sizes[0], self.path)

    def start(self, engine: str) -> Engine:
        """Return an engine with the network in it.

        Raises
        ------
        InputError
            If the circuit cannot show what was asked for.
        """
        if engine == "model":
            return GoldenEngine(self.net, self.params, self.nonideal)
        if not self.nonideal.ideal:
            raise InputError(
                "on_off, spread, offset and noise are in the model only: the circuit's array "
                f"counts cells and has no currents, so the engine must be 'model', not {engine!r}."
            )
        from goldspike.rram.circuit import CircuitEngine

        return CircuitEngine(self.net, self.params, compared=engine == "lockstep")

    def sample_ticks(self, ticks: np.ndarray) -> np.ndarray:
        """Return every sample's ticks, from its first word to its last score, int64 (n,).

        A vector takes its words, its conversions, the pipeline, and a tick per product. Layers
        follow each other. A macro that holds several tiles takes them in turn, and is written
        again, a row per tick, before each.

        Parameters
        ----------
        ticks : int64 (tiles, n)
            Of conversions.
        """
        params = self.params
        products = params.columns // self.net.weight_bits
        fixed = params.words + LATENCY + products
        shared = len(self.tiles) > self.macros
        spent = np.zeros((len(self.net.weights), self.macros, ticks.shape[1]), np.int64)
        for number, tile in enumerate(self.tiles):
            rewrite = params.rows if shared else 0
            spent[tile.layer, number % self.macros] += ticks[number] + fixed + rewrite
        return spent.max(axis=1).sum(axis=0)

    def summarise(self, results: Sequence[Result], labels: np.ndarray) -> dict[str, Any]:
        """Return accuracy, conversions, word-lines, time and energy."""
        result, params, bits = total(results), self.params, self.net.weight_bits
        samples = result.samples
        counts: dict[str, dict[str, int]] = {}
        whole = Activity(groups=0, asserted=0)
        for layer, weights in enumerate(self.net.weights):
            chosen = [k for k, tile in enumerate(self.tiles) if tile.layer == layer]
            ticks = int(result.ticks[chosen].sum())
            asserted = int(result.asserted[chosen].sum())
            rows = sum(self.tiles[k].rows for k in chosen)
            counts[f"layer{layer + 1}"] = {
                "vectors": samples * len(chosen),
                "groups": ticks // params.share,
                "conversions": ticks * params.adcs,
                "word_lines": asserted,
                "input_bits": rows * params.input_bits * samples,
                "macs": weights.size * samples,
            }
            whole += Activity(groups=ticks // params.share, asserted=asserted)
        spent = energy_pj(whole, params)
        operations = sum(2 * members["macs"] for members in counts.values())
        single = params.input_bits * bits  # one-bit products in a product, as the paper counts
        answers = result.scores.argmax(axis=1)
        return {
            "accuracy": {"score": float(np.mean(answers == labels))},
            "weight_bits": bits,
            "tiles": len(self.tiles),
            "macros": self.macros,
            "cells": sum(self.net.weight_bits * w.size for w in self.net.weights),
            "ticks": float(self.sample_ticks(result.ticks).mean()),
            "counts": counts,
            "energy": {
                "model": ENERGY_MODEL,
                "nJ_per_sample": round(spent / samples / 1e3, 6),
                "tops_per_watt": round(operations / spent, 4) if spent else None,
                "tops_per_watt_1b": round(operations * single / spent, 4) if spent else None,
            },
        }

    def collect(self, results: Sequence[Result], labels: np.ndarray) -> Arrays:
        """Return what is kept of every sample.

        ``label`` and ``score`` (the answer), (n,); ``scores`` (n, classes); ``ticks`` (n,);
        ``confusion`` (classes, classes), by label and answer.
        """
        result = total(results)
        answers = result.scores.argmax(axis=1)
        return {
            "label": labels,
            "score": answers,
            "scores": result.scores,
            "ticks": self.sample_ticks(result.ticks),
            "confusion": confusion_of(labels, answers, self.classes),
        }


def load(path: Path, choices: Choices) -> LoadedNetwork:
    """Read a network file and put it on macros.

    Raises
    ------
    InputError
        If it cannot be read or does not fit, or a setting cannot be used.
    """
    net, _ = load_network(path)
    values = dict(choices.values)
    macros = values.pop("macros", 0)
    try:
        if not 0 <= macros <= 1 << 20:
            raise ValueError(f"macros must be in 0..{1 << 20}, not {macros}")
        params = MacroParams(**{k: v for k, v in values.items() if k in MACRO})
        nonideal = NonIdeal(**{k: v for k, v in values.items() if k not in MACRO})
    except (ValueError, TypeError) as error:
        raise InputError(f"The settings cannot be used: {error}.") from None
    if net.weight_bits > params.share:
        raise InputError(
            f"{path}: weights of {net.weight_bits} bits need an ADC for at least as many columns, "
            f"but share is {params.share}."
        )
    cells = sum(
        -(-w.shape[0] // params.rows) * params.rows
        * -(-w.shape[1] * net.weight_bits // params.columns) * params.columns
        for w in net.weights
    )  # fmt: skip
    require_room(f"{path}: a network of {cells} cells", 16 * cells)
    return LoadedNetwork(path, net, params, macros, nonideal)
