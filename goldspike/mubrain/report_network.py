"""``goldspike report mubrain-network``: the shipped digits network, sample by sample.

``goldspike sim mubrain --report`` does the same for any network, data and engine.
"""

from pathlib import Path

from goldspike.model.files import load_npz
from goldspike.mubrain.charts import write_charts
from goldspike.mubrain.chip import MuBrain
from goldspike.simulation import simulate, table

__all__ = ["write"]


def write(folder: Path) -> str:
    """Run the digits on the golden model; write the charts and return the tables."""
    chip = MuBrain()
    report = simulate(chip, out=folder / "mubrain.json")
    arrays = load_npz(folder / "mubrain.npz")
    return f"{table(chip, report)}\n\n{write_charts(report, arrays, folder)}"
