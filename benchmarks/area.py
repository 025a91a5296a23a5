"""How large the spike arbiter is, and how fast: LUTs and flip-flops after synthesis for an ECP5.

Prints a table and writes ``build/bench/area.json`` and ``area.png``. With ``--pnr`` also places and
routes, and gives the clock as the median of three fixed seeds.
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

from benchmarks.fpga import place
from goldspike.hdl.area import area
from goldspike.hdl.mubrain.arbiter import Arbiter
from goldspike.model.mubrain.arbiter import ArbiterParams, Policy

ROOT = Path(__file__).resolve().parent.parent
INPUTS = (16, 64, 65, 128, 256, 257, 512)
PLACED = (64, 256)
SEEDS = (1, 2, 3)


def measure_area(n: int, folder: Path) -> dict[str, Any]:
    """Return the sizes of the arbiter of `n` inputs under both policies, and their ratio."""
    row: dict[str, Any] = {"inputs": n}
    for policy in Policy:
        cells = area(Arbiter(ArbiterParams(inputs=n, policy=policy)), folder)
        row[policy.value] = {
            "luts": cells.luts,
            "flip_flops": cells.flip_flops,
            "luts_per_input": round(cells.luts / n, 2),
        }
    row["ratio"] = round(row["round_robin"]["luts"] / row["linear"]["luts"], 2)
    return row


def measure_clock(n: int, folder: Path) -> dict[str, Any]:
    """Return the clock of the round robin of `n` inputs, per seed and in the median."""
    clocks = place(Arbiter(ArbiterParams(inputs=n)), SEEDS, folder)
    return {
        "inputs": n,
        "mhz": round(statistics.median(clocks), 1),
        "seeds": {str(seed): round(mhz, 1) for seed, mhz in zip(SEEDS, clocks, strict=True)},
    }


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Plot LUTs against inputs for both policies, with a line of constant LUTs per input."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    inputs = [row["inputs"] for row in rows]
    for policy, marker in (("round_robin", "o"), ("linear", "s")):
        luts = [row[policy]["luts"] for row in rows]
        axes.loglog(inputs, luts, marker=marker, label=policy.replace("_", " "))
    first = rows[0]["round_robin"]["luts_per_input"]
    axes.loglog(inputs, [first * n for n in inputs], ":", color="grey", label=f"{first} per input")
    axes.set_xticks(inputs, [str(n) if n not in (65, 257) else "" for n in inputs])
    axes.minorticks_off()
    axes.set(xlabel="inputs of the arbiter", ylabel="LUTs (ECP5)", title="Area of the arbiter")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pnr", action="store_true", help="place and route too (two minutes)")
    arguments = parser.parse_args()
    folder = ROOT / "build" / "bench"
    report: dict[str, Any] = {"area": [], "clock": []}

    print("inputs   round robin        linear             ratio   LUTs per input")
    print("         LUTs     FFs       LUTs     FFs               round robin  linear")
    for n in INPUTS:
        row = measure_area(n, folder / "synthesis")
        turns, linear = row["round_robin"], row["linear"]
        print(
            f"{n:6}   {turns['luts']:<8} {turns['flip_flops']:<9} {linear['luts']:<8} "
            f"{linear['flip_flops']:<9} {row['ratio']:<7} {turns['luts_per_input']:<12} "
            f"{linear['luts_per_input']}",
            flush=True,
        )
        report["area"].append(row)
    for n in PLACED if arguments.pnr else ():
        row = measure_clock(n, folder / "place")
        seeds = ", ".join(f"{seed}: {mhz}" for seed, mhz in row["seeds"].items())
        print(f"round robin, {n} inputs: {row['mhz']} MHz (seeds {seeds})", flush=True)
        report["clock"].append(row)

    draw(report["area"], folder / "area.png")
    partial = folder / "area.json.part"
    partial.write_text(json.dumps(report, indent=2) + "\n")
    partial.replace(folder / "area.json")


if __name__ == "__main__":
    main()
