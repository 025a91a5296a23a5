"""``goldspike report imc-mapper``: ResNet-32 on its cores, the published timesteps beside ours."""

from collections.abc import Sequence
from pathlib import Path

from goldspike.charts import COLOURS, new_figure, save_chart, text_table, write_csv
from goldspike.model.errors import InputError
from goldspike.model.imc.shared.layer import ACTIVATION_BITS, RESNET32
from goldspike.workloads.imc.bounds import any_order_bound
from goldspike.workloads.imc.mapper import Placement, bound, fastest, main_path, placement
from goldspike.workloads.imc.mapping import split
from goldspike.workloads.imc.options import Limits, Option, options
from goldspike.workloads.imc.placing import write_placement
from goldspike.workloads.imc.resnet import resnet32
from goldspike.workloads.imc.timing import last_timestep

__all__ = ["write"]

CORES = 48
"""Of the paper's array."""
SPED_UP = 526
"""Timesteps published for 4, 2 and 1 pixels."""
PUBLISHED_BITS = 448
"""Bits of a link in a timestep: 4.48 Gb/s for 100 ns (Eq. 7)."""
SHARED = 2
"""Cores that are saved if the two shortcuts lie on the cores beside them, whose rows they share."""
HEAD = ("placement", "cores", "timesteps, as counted there", "of them hops", "image in, class out",
        "interval", "pixel bits", "sum bits", "SRAM bytes", "devices in use")  # fmt: skip


def rates(pixels: Sequence[int]) -> dict[int, Option]:
    """Return how many cores each layer takes for as many outputs per timestep as its group's."""
    network, chosen = resnet32(), {}
    for k, stage in enumerate(network.stages):
        wanted = pixels[{32: 0, 16: 1, 8: 2}[stage.layer.height_out]]
        ways = [o for o in options(stage.layer, Limits(), 3) if o.replicas >= wanted]
        best = min(ways, key=lambda option: (option.cores, option.hops))
        chosen[k] = Option(best.cores, wanted, best.row_parts, best.column_parts)
    return chosen


def without_hops(chosen: dict[int, Option]) -> int:
    """Return timesteps as the paper counts them: image stored, no hops, up to the last layer."""
    network = resnet32()
    path = main_path(network)
    ways = [Option(chosen[k].cores, chosen[k].replicas, 1) for k in path]
    return last_timestep([network.stages[k].layer for k in path], ways, stored=True) + 1


def row(name: str, found: Placement) -> tuple[str, ...]:
    """Return a line of the table."""
    hops = found.stored - without_hops(found.chosen)
    return (
        name, str(found.cores), str(found.stored), str(hops), str(found.latency),
        str(found.interval), str(found.pixel_bits), str(found.sum_bits), str(found.memory_bytes),
        f"{100 * found.utilisation:.1f} %",
    )  # fmt: skip


def table_2() -> str:
    """Return Table 2 as corrected, with the cores of every layer."""
    rows, total = [], 0
    for name, count, layer in RESNET32:
        cores = len(split(layer, 256, 256))
        total += count * cores
        shape = f"{layer.height} x {layer.width} x {layer.channels}"
        bits = layer.channels * ACTIVATION_BITS
        rows.append((name, str(count), shape, str(layer.stride), str(layer.rows),
                     str(layer.outputs), str(bits), str(count * cores)))  # fmt: skip
    head = ("layers", "of them", "input", "stride", "rows", "columns", "pixel bits", "cores")
    return (
        "Table 2 with 16 and 28 input channels in layers 12 and 22, on crossbars of 256 x 256\n"
        f"{text_table(head, rows)}\ncores: published 43, ours {total}"
    )


def refused() -> str:
    """Return what the mapper says of arrays on which the network does not fit."""
    said = []
    for limits in (
        Limits(cores=42), Limits(link_bits=PUBLISHED_BITS), Limits(memory_bytes=1024),
        Limits(rows=8),
    ):  # fmt: skip
        try:
            fastest(resnet32(), limits)
        except InputError as error:
            said.append(f"  {limits.cores} cores of {limits.rows} x {limits.columns}, links of "
                        f"{limits.link_bits or 'any number of'} bits, {limits.memory_bytes} bytes: "
                        f"{error}")  # fmt: skip
    return "\n".join(said)


def write(folder: Path) -> str:
    """Write the placements as CSV and PNG, the best for ``sim`` as JSON; return the tables."""
    network = resnet32()
    single, sped = rates((1, 1, 1)), rates((4, 2, 1))
    best = {n: fastest(network, Limits(cores=n)) for n in range(43, CORES + SHARED + 1)}
    least = {n: bound(network, Limits(cores=n)) for n in best}
    rows = [
        row("one pixel per timestep", placement(network, single, Limits())),
        row("4, 2 and 1 pixels, what it takes", placement(network, sped, Limits())),
        *(row(f"quickest on {n} cores", best[n]) for n in (43, CORES)),
        row(f"quickest on {CORES}, shortcuts on other layers' cores", best[CORES + SHARED]),
    ]
    write_csv(folder / "placements.csv", HEAD, rows)
    write_csv(folder / "cores.csv", ("core", "row", "column", "layer", "inputs", "outputs",
                                     "outputs per timestep"), places(best[CORES]))  # fmt: skip
    write_placement(folder / "placement.json", best[CORES], Limits(cores=CORES))
    draw(folder / "placements.png", best, least)
    found, low = best[CORES].stored, least[CORES]
    return "\n\n".join(
        (
            table_2(),
            "As counted there: the image lies in layer 1's memory, timestep 1 has its first "
            "output, the last one has layer 31's last.\n"
            f"{text_table(HEAD, rows)}",
            f"Without hops: one pixel per timestep published 1618 (text: 1628), ours "
            f"{without_hops(single)}; 4, 2 and 1 published {SPED_UP}, ours {without_hops(sped)}.\n"
            f"1628 is ours with the {rows[0][3]} hops of layers 23 to 31 and one timestep of the "
            f"fully connected layer.\n"
            f"4, 2 and 1 pixels take {rows[1][1]} cores, not {CORES}: 288 rows in layers 2 to 11 "
            "and 336 in layers 13 to 21 are two crossbars each; and links of "
            f"{rows[1][6]} bits for pixels and {rows[1][7]} for partial sums, not "
            f"{PUBLISHED_BITS}.",
            f"At most {CORES} cores, outputs column by column, a layer's cores its own: {found} "
            f"timesteps found, none below {low} possible: {100 * (found / low - 1):.1f} % from "
            f"the optimum at most.\nSo {SPED_UP} cannot be reached there.\n"
            f"In whatever order outputs are computed, none comes below "
            f"{any_order_bound(network, Limits(cores=CORES))}: another order may reach it.",
            f"Where none fits:\n{refused()}",
        )
    )  # fmt: skip


def places(found: Placement) -> list[tuple]:
    """Return core by core where it lies and what it holds; copies of a core follow it."""
    rows: list[tuple] = []
    grid = iter(found.places)
    for core in found.array.cores:
        option, stage = found.chosen[core.stage], found.array.stages[core.stage]
        copies = option.cores // (option.row_parts * option.column_parts)
        for _ in range(copies):
            shown = (f"{first}..{first + size - 1}" for first, size in (core.inputs, core.outputs))
            rows.append((len(rows) + 1, *next(grid), core.stage + 1, *shown, stage.replicas))
    return [*rows, (len(rows) + 1, *next(grid), "FC", "", "", "")]


def draw(path: Path, best: dict[int, Placement], least: dict[int, int]) -> None:
    """Draw the quickest placement, and the bound, by cores."""
    figure = new_figure(6, 3.6)
    axes = figure.subplots()
    axes.plot(list(best), [found.stored for found in best.values()], "o-", color=COLOURS[0],
              label="found")  # fmt: skip
    axes.plot(
        list(least), list(least.values()), "_--", color=COLOURS[1], label="no placement below"
    )
    axes.axhline(SPED_UP, color=COLOURS[2], label="published with 4, 2 and 1 pixels")
    axes.set(xlabel="cores of 256 x 256", ylabel="timesteps", title="ResNet-32, column by column")
    axes.legend()
    save_chart(path, figure)
