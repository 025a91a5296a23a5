"""``goldspike report rram-estimate``: Tables 3 to 6 of Lu 2021, published values beside ours.

Ours follow from units, counts and the calibration factors (:mod:`goldspike.rram.estimate`), and
from the counted activity of runs of the golden model. Every row says where our number is from:

- ``derived``: computed; the paper gives everything that it is computed from;
- ``input``: the paper's value is what a unit was made of, so that it cannot differ;
- ``calibrated``: one of its factors was fitted by the authors, or by us, to a published total;
- ``measured``: counted in a run of ours.

Of a cell that is blank the paper does not say enough.
"""

from pathlib import Path

import numpy as np

from goldspike.charts import new_figure, save_chart, text_table, write_csv
from goldspike.model.rram.macro import MacroParams
from goldspike.model.rram.word_line_controller import conversion_ticks
from goldspike.rram import estimate
from goldspike.rram.activity import toggle_rates
from goldspike.rram.estimate import Activity, Counts, energy_pj, sum_widths, total

__all__ = ["Cell", "cells", "efficiency", "plane_activity", "write"]

Cell = tuple[str, str, float | None, float | None, float | None, str, str]
"""Table, quantity, NeuroSim, real chip, ours, where ours is from, verdict."""

SEED = 1
DENSITIES = tuple(k / 20 for k in range(1, 21))
"""Parts of the inputs' bits that are 1."""
VECTORS = 200

TABLE_3 = (
    # quantity, NeuroSim, real chip, where ours is from
    ("area, Level shifter", 30966, 31589, "calibrated"),
    ("area, Mux", 459, None, "input"),
    ("area, ADC", 4271, None, "input"),
    ("area, Array", 7864, 7864, "derived"),
    ("area, Total", 43560, 44853, "calibrated"),
    ("latency, Total", 9.464, 10, "calibrated"),
    ("energy, Level shifter", 1.02, 0.99, "input"),
    ("energy, Mux", 0.07, None, "input"),
    ("energy, ADC", 74.50, None, "input"),
    ("energy, Array", 4.99, None, "input"),
    ("energy, Total", 80.58, 86.79, "derived"),
)
TABLE_5 = (
    ("Shift-add DFF", 719, 681, 1.25, 1.25),
    ("Shift-add adder", 662, 663, 0.12, 0.15),
    ("Shift-add inverter", 1336, 1334, 0.17, 0.33),
    ("Accumulator DFF", 4968, 4706, 8.65, 8.37),
    ("Accumulator adder", 3089, 3291, 0.60, 0.60),
    ("Accumulator inverter", 6808, 6797, 0.84, 0.80),
    ("Control DFF", None, 7334, 2.97, 3.01),
    ("Control inverter", 6569, 6558, 0.81, 0.75),
    ("Total", 31893, 31386, 15.41, 15.26),
)
INPUTS = {"Shift-add DFF", "Shift-add adder", "Shift-add inverter"}
"""Areas of Table 5 that the units were made of."""


def verdict(published: float | None, ours: float | None) -> str:
    """Say how far off ours is: equal, if it rounds to what is printed."""
    if published is None or ours is None:
        return "not given"
    places = len(str(published).partition(".")[2])
    if round(ours, places) == published:
        return "equal"
    return f"{100 * (ours / published - 1):+.2f} %"


def table_3(params: MacroParams) -> list[Cell]:
    """Return Table 3: analog modules."""
    area, energy = estimate.analog_area(params), estimate.analog_energy(params)
    ours = {f"area, {name}": value for name, value in area.items()}
    ours |= {f"energy, {name}": value for name, value in energy.items()}
    ours |= {
        "area, Total": total(area),
        "energy, Total": total(energy),
        "latency, Total": estimate.cycle_ns(),
    }
    return [
        ("3", name, sim, chip, ours[name], source, verdict(sim, ours[name]))
        for name, sim, chip, source in TABLE_3
    ]


def table_4(params: MacroParams) -> list[Cell]:
    """Return Table 4: flip-flops and adder bits of shift-add and accumulators."""
    counts, found = Counts.of(params), []
    partial = {2: 5, 4: 7, 8: 11}
    for bits, printed in partial.items():
        ours = MacroParams(share=bits).shift_add.partial_bits
        found.append(("shift-add bits per register, " + f"{bits} bits", printed, None, ours))
    for bits, printed in {1: 8, 2: 10, 4: 12, 8: 16}.items():
        name = f"accumulator bits per register, {bits} bits"
        found.append((name, printed, None, sum_widths(params)[bits]))
    found += [
        ("shift-add DFF", 176, 176, counts.shift_add_flip_flops),
        ("shift-add adder bits", 144, 144, counts.shift_add_adders),
        ("accumulator DFF", 1024, 1216, counts.sum_flip_flops),
        ("accumulator adder bits", 672, 704, counts.sum_adders),
    ]
    cells = []
    for name, sim, chip, ours in found:
        said = verdict(sim, ours)
        if name == "accumulator DFF":
            said = "erratum: the area and energy of Table 5 are those of 1,216"
        cells.append(("4", name, sim, chip, ours, "derived", said))
    return cells


def table_5(params: MacroParams) -> list[Cell]:
    """Return Table 5: digital modules."""
    area, energy = estimate.digital_area(params), estimate.digital_energy(params)
    area["Total"], energy["Total"] = total(area), total(energy)
    cells: list[Cell] = []
    for name, sim_area, chip_area, sim_energy, chip_energy in TABLE_5:
        source = "input" if name in INPUTS else "derived"
        said = verdict(sim_area, area[name])
        if sim_area is None:
            source, said = "calibrated", "left out; its total lacks 7,742"
        if name == "Total":
            said += "; real chip: erratum, its cells add up to 31,364"
        cells.append(("5", f"area, {name}", sim_area, chip_area, area[name], source, said))
        said = verdict(sim_energy, energy[name])
        cells.append(
            ("5", f"energy, {name}", sim_energy, chip_energy, energy[name], "calibrated", said)
        )
    return cells


def plane_activity(params: MacroParams, density: float, vectors: int = VECTORS) -> Activity:
    """Return the activity of random inputs, a part of whose bits is 1, per vector."""
    rng = np.random.default_rng(SEED)
    bits = rng.random((vectors, params.rows, params.input_bits)) < density
    inputs = (bits << np.arange(params.input_bits)).sum(axis=2)
    groups = conversion_ticks(inputs, params.controller).sum() / params.share
    return Activity(groups=groups / vectors, asserted=float(bits.sum()) / vectors)


def efficiency(params: MacroParams, density: float, *, layout: bool) -> float:
    """Return tera-operations per second and watt, one-bit products and sums, zeros included."""
    operations = 2 * params.rows * params.columns * params.input_bits
    spent = energy_pj(plane_activity(params, density), params, layout=layout)
    return operations / spent


def table_6(params: MacroParams) -> list[Cell]:
    """Return Table 6: the whole array, one plane with all rows on."""
    dense = plane_activity(params, 1.0, 1)
    operations = 2 * params.rows * params.columns
    before = energy_pj(dense, params, layout=False) / params.input_bits
    after = energy_pj(dense, params) / params.input_bits
    rows = [
        ("pJ before layout", 3177.75, 3150.8, before),
        ("pJ after layout", 3876.86, 3864.2, after),
        ("TOPS/W before layout", operations / 3177.75, 10.4, operations / before),
        ("TOPS/W after layout", operations / 3876.86, 8.48, operations / after),
    ]
    return [
        (
            "6",
            name,
            sim,
            chip,
            ours,
            "calibrated",
            f"{verdict(sim, ours)}; real chip {verdict(chip, ours)}",
        )
        for name, sim, chip, ours in rows
    ]


def cells(params: MacroParams | None = None) -> list[Cell]:
    """Return every cell of Tables 3 to 6."""
    params = params or MacroParams()
    return [*table_3(params), *table_4(params), *table_5(params), *table_6(params)]


def shown(value: float | None) -> str:
    """Write a number with as many places as it needs."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3f}"


def write(folder: Path) -> str:
    """Write the tables, sweeps and the gain of zero-skip as CSV, PNG and SVG; return tables."""
    found = cells()
    head = ("table", "quantity", "NeuroSim", "real chip", "ours", "ours is", "ours and NeuroSim")
    write_csv(folder / "tables.csv", head, found)
    texts = [(t, q, shown(a), shown(b), shown(c), s, v) for t, q, a, b, c, s, v in found]
    units = "Areas in square micrometres, latency in ns, energies in pJ of a set of conversions."
    return "\n\n".join(
        (
            "Tables 3 to 6 of Lu 2021: published values and ours",
            f"{text_table(head, texts)}\n{units}",
            measured(),
            others(folder),
            precisions(folder),
            zero_skip(folder),
        )
    )


def measured() -> str:
    """Return the activities that a run of ours shows, beside the factors of the paper."""
    shift_add, sums = toggle_rates(MacroParams(), SEED)
    return (
        "Flip-flops that change per conversion, counted in our circuit's registers (dense inputs,\n"
        f"half of the cells on, 8-bit weights): shift-add {100 * shift_add:.1f} %, accumulators "
        f"{100 * sums:.1f} % (a plane's register\n"
        "changes once in 8 conversions). The paper sets both to gamma = 50 %, a fit to SPICE; it\n"
        "includes clocking, so the two need not agree."
    )


def others(folder: Path) -> str:
    """Write the same estimate for other array sizes and sparsities; the run drives it."""
    head = ("rows x columns", "ones %", "groups per vector", "area um2", "pJ per vector", "TOPS/W")
    rows = []
    for side in (64, 128, 256):
        params = MacroParams(rows=side, adcs=side // 8)
        area = total(estimate.analog_area(params)) + total(estimate.digital_area(params))
        for density in (1.0, 0.5, 0.25):
            activity = plane_activity(params, density)
            rows.append(
                (
                    f"{side} x {side}",
                    f"{100 * density:.0f}",
                    f"{activity.groups:.1f}",
                    f"{area:,.0f}",
                    f"{energy_pj(activity, params):,.0f}",
                    f"{efficiency(params, density, layout=True):.2f}",
                )
            )
    write_csv(folder / "others.csv", head, rows)
    return f"Other arrays and sparsities, after layout\n{text_table(head, rows)}"


def precisions(folder: Path) -> str:
    """Write the same estimate for every precision: a product of p-bit weights takes p columns."""
    head = (
        "bits",
        "ones %",
        "products per vector",
        "groups per vector",
        "pJ per product",
        "TOPS/W",
    )
    params, rows = MacroParams(), []
    for bits in params.precisions:
        products = params.columns // bits
        for density in (1.0, 0.5):
            activity = plane_activity(params, density)
            spent = energy_pj(activity, params)
            rows.append(
                (
                    bits,
                    f"{100 * density:.0f}",
                    products,
                    f"{activity.groups:.1f}",
                    f"{spent / products:,.1f}",
                    f"{2 * params.rows * products / spent:.3f}",
                )
            )
    write_csv(folder / "precisions.csv", head, rows)
    return (
        "Weights of other precisions, after layout; operations of 8-bit inputs and p-bit weights\n"
        f"{text_table(head, rows)}"
    )


def zero_skip(folder: Path) -> str:
    """Write what skipping zeros gains against the part of ones, which the paper does not give."""
    params = MacroParams()
    dense = plane_activity(params, 1.0)
    head = ("input sparsity %", "ticks per vector", "faster", "TOPS/W after layout", "better")
    rows = []
    for density in DENSITIES:
        activity = plane_activity(params, density)
        rows.append(
            (
                100 * (1 - density),
                params.share * activity.groups,
                dense.groups / activity.groups,
                efficiency(params, density, layout=True),
                energy_pj(dense, params) / energy_pj(activity, params),
            )
        )
    write_csv(folder / "zero_skip.csv", head, rows)
    figure = new_figure(8, 3.6)
    speed, reach = figure.subplots(1, 2)
    sparsity = [row[0] for row in rows]
    speed.plot(sparsity, [row[2] for row in rows], label="time")
    speed.plot(sparsity, [row[4] for row in rows], label="energy")
    speed.set(xlabel="zeros in the inputs' bits, %", ylabel="gain", yscale="log")
    speed.legend()
    reach.plot(sparsity, [row[3] for row in rows], label="ours")
    reach.plot([0], [8.48], "kx", label="published")
    reach.set(xlabel="zeros in the inputs' bits, %", ylabel="TOPS/W after layout", yscale="log")
    reach.legend()
    save_chart(folder / "zero_skip.png", figure)
    texts = [tuple(f"{value:.2f}" for value in row) for row in rows[::-4]]
    return f"Gain of skipping zeros, random inputs, seed {SEED}\n{text_table(head, texts)}"
