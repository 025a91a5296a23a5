"""Keep the ratios of every benchmark run, and say which of them got worse.

Only ratios are kept: they compare two things measured side by side, so that a slower machine does
not look like a slower program. Reads what the other benchmarks wrote into ``build/bench/``, appends
an entry to ``benchmarks/history.json``, and prints every ratio that lost more than a tenth against
the entry before. All ratios are "larger is better".
"""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from goldspike.charts import text_table
from goldspike.model.files import write_json
from goldspike.model.paths import BUILD, ROOT

HISTORY = ROOT / "benchmarks" / "history.json"
LOSS = 0.1
"""Share of a ratio whose loss is reported."""


def ratios(folder: Path) -> dict[str, float]:
    """Return the ratios of the benchmarks whose reports are in `folder`, by name."""
    found = {}
    network = read(folder / "network.json")
    for name, run in network.get("runs", {}).items():
        if run["ratio"] != 1:  # what the others are held against
            found[f"golden model over {name}"] = 1 / run["ratio"]
    lockstep = read(folder / "lockstep.json")
    for name, run in lockstep.get("runs", {}).items():
        if run["ratio"] != 1:
            found[f"{name}, of stepping"] = run["ratio"]
    for name, run in read(folder / "cores.json").get("activities", {}).items():
        found[f"core of {name} active axons over NumPy"] = run["ratio"]
    if chips := read(folder / "chips.json"):
        found["always-on chip of µBrain's speed"] = 1 / chips["times"]
    if array := read(folder / "imc_array.json"):
        found["IMC array over NumPy"] = 1 / array["ratio"]
    return found


def read(path: Path) -> dict[str, Any]:
    """Return a report, or an empty one if that benchmark did not run."""
    return json.loads(path.read_text()) if path.exists() else {}


def losses(before: dict[str, float], now: dict[str, float]) -> dict[str, float]:
    """Return the share that each ratio lost, where it is more than :data:`LOSS`."""
    lost = {name: 1 - now[name] / before[name] for name in now if name in before}
    return {name: share for name, share in lost.items() if share > LOSS}


def main() -> int:
    """Append, print, and say what was lost."""
    now = ratios(BUILD / "bench")
    history: list[dict[str, Any]] = json.loads(HISTORY.read_text()) if HISTORY.exists() else []
    before = history[-1]["ratios"] if history else {}
    entry = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "ratios": {name: round(value, 4) for name, value in now.items()},
    }
    write_json(HISTORY, [*history, entry])  # type: ignore[arg-type]
    rows = [
        (name, f"{before[name]:.3g}" if name in before else "-", f"{value:.3g}")
        for name, value in now.items()
    ]
    print(text_table(("ratio", "before", "now"), rows))
    lost = losses(before, now)
    for name, share in lost.items():
        print(f"worse by {100 * share:.0f} %: {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
