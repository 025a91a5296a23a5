"""``goldspike report rram-nonideal``: accuracy against what may be wrong with cells and ADCs.

Each of the four effects of :mod:`goldspike.model.rram.shared.nonideal` alone, on the digits that
ship, for every precision of the weights. The golden model only: the circuit's array counts cells
and has no currents, so that it shows none of this.
"""

from pathlib import Path

import numpy as np

from goldspike.charts import new_figure, save_chart, text_table, write_csv
from goldspike.rram.chip import Rram
from goldspike.rram.engine import total
from goldspike.simulation import net_path
from goldspike.workloads.dataset import digits

__all__ = ["SWEEPS", "accuracies", "write"]

SWEEPS = {
    "on_off": (0, 100, 50, 20, 10, 5, 3),
    "spread": (0, 0.05, 0.1, 0.15, 0.2, 0.3),
    "offset": (0, 0.1, 0.2, 0.3, 0.5, 0.8),
    "noise": (0, 0.1, 0.2, 0.3, 0.5, 0.8),
}
"""Values of every effect; an on/off ratio of 0 is infinite."""
LABELS = {
    "on_off": "off current / on current",
    "spread": "spread of cells' currents",
    "offset": "offset of references, cells",
    "noise": "noise of a reading, cells",
}
SAMPLES = 100
"""Of the test part, from its start."""


def accuracies(config: str, effect: str, samples: int = SAMPLES) -> list[float]:
    """Return the accuracy of a configuration's digits at every value of an effect."""
    chip, data = Rram(), digits("test")
    found = []
    for value in SWEEPS[effect]:
        choices = chip.choose(config, [f"{effect}={value}"])
        loaded = chip.load(net_path(chip, None, config), choices)
        running = loaded.start("model")
        result = total(list(running.run(loaded.inputs(data), 0, samples)))
        found.append(float(np.mean(result.scores.argmax(axis=1) == data.y[:samples])))
    return found


def place(effect: str, value: float) -> float:
    """Return where a value stands on the chart: an on/off ratio as its inverse."""
    return 1 / value if effect == "on_off" and value else value


def write(folder: Path) -> str:
    """Write ``nonideal.csv`` and a chart; return the table."""
    figure = new_figure(12, 3.6)
    rows = []
    for axes, effect in zip(figure.subplots(1, len(SWEEPS)), SWEEPS, strict=True):
        for config in Rram.configurations:
            accuracy = accuracies(config, effect)
            rows += [
                (effect, config, f"{value:g}", f"{100 * part:.1f}")
                for value, part in zip(SWEEPS[effect], accuracy, strict=True)
            ]
            axes.plot([place(effect, v) for v in SWEEPS[effect]], accuracy, "o-", label=config)
        axes.set(xlabel=LABELS[effect], ylim=(0, 1.02))
    figure.axes[0].set_ylabel(f"accuracy, {SAMPLES} digits")
    figure.axes[0].legend()
    save_chart(folder / "nonideal.png", figure)
    head = ("effect", "weights", "value", "accuracy %")
    write_csv(folder / "nonideal.csv", head, rows)
    columns = {(effect, config, value): part for effect, config, value, part in rows}
    lines = [
        (effect, f"{value:g}", *(columns[effect, c, f"{value:g}"] for c in Rram.configurations))
        for effect, values in SWEEPS.items()
        for value in values
    ]
    wide = ("effect", "value", *(f"{config} %" for config in Rram.configurations))
    return (
        f"Accuracy on {SAMPLES} digits, one effect at a time (model only; on/off 0 is infinite)\n"
        f"{text_table(wide, lines)}"
    )
