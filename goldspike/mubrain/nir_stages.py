"""What an import costs in accuracy: the graph in floats, rounded, and on the golden chip."""

from dataclasses import replace
from typing import Any

import numpy as np

from goldspike.model.mubrain.chip import ChipModel
from goldspike.model.mubrain.readout import ReadoutModel
from goldspike.mubrain.loaded import LoadedNetwork
from goldspike.progress import progress
from goldspike.simulation import choose_count
from goldspike.workloads.dataset import check_labels, load_dataset
from goldspike.workloads.mubrain.encoding import encode
from goldspike.workloads.mubrain.reference import Reset, final_potentials, run_chain
from goldspike.workloads.nir.chain import Chain, FloatLayer

__all__ = ["STAGE_NAMES", "accuracies", "rounded_chain"]

STAGE_NAMES = {
    "nir_zero": "floats, reset to zero",
    "nir_subtract": "floats, reset by subtraction",
    "rounded": "rounded, reset by subtraction",
    "chip": "golden model of the chip",
}
"""The steps from the graph to the chip, in order; see :func:`accuracies`."""
READ_OUTS = ("shortest_isi", "count")
POTENTIAL = "potential"


def accuracies(
    chain: Chain,
    weights: list[np.ndarray],
    loaded: LoadedNetwork,
    data: str,
    samples: int | None,
) -> dict[str, Any]:
    """Return the accuracy of every stage, over the same events.

    ``nir_zero`` and ``nir_subtract``: the graph as it is, in floats, with either reset, its biases
    constant currents; where it ends in a read-out, the largest potential at the end of the window
    answers. ``rounded``: the integer weights in the same ideal network, reset by subtraction, its
    biases strobes; ``chip``: the golden model, with its floor at zero, its arbiters and its time.
    """
    dataset = load_dataset(data)
    check_labels(dataset, loaded.classes)
    x, y = loaded.inputs(dataset), dataset.y
    count = choose_count(samples, "model", len(y), len(y))
    settings = loaded.settings
    window = settings.encoding.window
    strobes = settings.strobes(window)
    chip = ChipModel(settings.chip, loaded.weights)
    readout = ReadoutModel(replace(settings.chip.readout, classes=loaded.classes))
    ideal = rounded_chain(chain, weights, float(settings.chip.neuron.threshold))
    floats: dict[str, Reset] = {"nir_zero": "zero", "nir_subtract": "subtract"}
    right: dict[str, dict[str, int]] = {stage: {} for stage in STAGE_NAMES}
    merged = 0
    for k in progress(range(count), "accuracy before and after", count):
        tick, address = encode(x[k], settings.encoding, k)
        answers: dict[str, dict[str, int]] = {}
        for stage, reset in floats.items():
            runs = run_chain(chain, tick, address, reset, end=window)
            if chain.layers[-1].readout:
                before = runs[-2] if len(runs) > 1 else (tick, address)
                potential = final_potentials(chain.layers[-1], *before, window)
                answers[stage] = {POTENTIAL: int(potential.argmax())}
            else:
                answers[stage] = named(readout.answer(*runs[-1]))
        runs = run_chain(ideal, tick, address, "subtract", strobes=strobes)
        answers["rounded"] = named(readout.answer(*runs[-1]))
        run = chip.run(tick, address, strobes)
        merged += sum(layer.arbiter.merge_tick.size for layer in run.layers)
        answers["chip"] = named(run.answer)
        for stage, answer in answers.items():
            for name, said in answer.items():
                right[stage][name] = right[stage].get(name, 0) + int(said == y[k])
    return {
        "data": dataset.name,
        "samples": count,
        "merged": merged,
        "accuracy": {
            stage: {name: n / count for name, n in found.items()} for stage, found in right.items()
        },
    }


def named(answer: Any) -> dict[str, int]:
    """Return an answer by read-out."""
    return {name: int(getattr(answer, name)) for name in READ_OUTS}


def rounded_chain(chain: Chain, weights: list[np.ndarray], threshold: float) -> Chain:
    """Return the integer weights, biases in the last row, as an ideal network of the same size."""
    layers = []
    for layer, weight in zip(chain.layers, weights, strict=True):
        level = np.full(weight.shape[1], threshold)
        layers.append(
            FloatLayer(layer.name, weight.astype(np.float64), level, np.full_like(level, np.inf))
        )
    return Chain(tuple(layers))
