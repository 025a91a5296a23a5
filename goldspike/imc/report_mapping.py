"""``goldspike report imc-mapping``: Fig. 6 and Table 1, the published value beside ours."""

from pathlib import Path

from goldspike.charts import new_figure, save_chart, write_csv
from goldspike.model.imc.shared.layer import RESNET32, LayerParams, least_pixels
from goldspike.workloads.imc.mapping import aspect_ratio, patch_rows, split
from goldspike.workloads.imc.placement import Method, Placement

__all__ = ["TABLE_1", "Cell", "table_1", "write"]

WIDTHS = (1, 2, 3, 4, 5)
REPLICAS = 64
FIG_6 = LayerParams(height=32, width=32, channels=16, outputs=16)

TABLE_1: dict[tuple[int, int, int, str], tuple[str, str, str, str]] = {
    (3, 32, 128, "IWAP"): ("0.288", "0", "1-2", "1-2"),
    (3, 32, 128, "KLIP"): ("0.505", "43", "1", "1"),
    (3, 32, 128, "PLIP"): ("1.523", "82.1", "3", "1"),
    (56, 8, 160, "IWAP"): ("1.344", "0", "9-10", "3-4"),
    (56, 8, 160, "KLIP"): ("1.427", "5.9", "9", "3-4"),
    (56, 8, 160, "PLIP"): ("1.436", "6.4", "9", "3"),
    (56, 8, 128, "IWAP"): ("1.344", "0", "11", "4"),
    (56, 8, 128, "KLIP"): ("1.4", "4", "11", "4"),
    (56, 8, 128, "PLIP"): ("1.528", "12", "12", "4"),
}
"""As printed: N, H, WL, method; memory in KB, empty in percent, read cycles, write cycles."""

ERRATA = {
    (3, 32, 128, "PLIP", "empty"): "81.1",
    (56, 8, 160, "KLIP", "memory"): "1.428",
}
"""Cells in which the paper contradicts its own rules: 1 - 0.288 / 1.523 is 81.1 %; the last bit
used is bit 11,424 of 8,000 a KB, which is 1.428."""

Cell = tuple[tuple[int, int, int, str, str], str, str, str]
"""Key, published, ours, verdict."""


def span(cycles: set[int]) -> str:
    """Write a set of cycle counts as the paper does."""
    low, high = min(cycles), max(cycles)
    return str(low) if low == high else f"{low}-{high}"


def like(value: float, printed: str) -> str:
    """Round to as many places as the paper prints."""
    places = len(printed.partition(".")[2])
    return f"{value:.{places}f}"


def table_1() -> list[Cell]:
    """Return all 36 cells of Table 1."""
    cells = []
    for (channels, height, word_bits, name), printed in TABLE_1.items():
        place = Placement(
            method=Method[name], height=height, channels=channels, word_bits=word_bits
        )
        ours = (
            like(place.memory_bits / 8000, printed[0]),
            like(100 * place.empty, printed[1]),
            span(place.read_cycles()),
            span(place.write_cycles()),
        )
        for what, published, mine in zip(
            ("memory", "empty", "read", "write"), printed, ours, strict=True
        ):
            key = (channels, height, word_bits, name, what)
            verdict = "equal" if mine == published else "differs"
            if mine == ERRATA.get(key):
                verdict = "erratum"
            cells.append((key, published, mine, verdict))
    return cells


def table_1_text() -> str:
    """Return Table 1 as text."""
    lines = ["Table 1: published / ours, all derived from the layouts (* erratum of the paper)"]
    lines.append(f"  {'':22} {'memory [KB]':>16} {'empty [%]':>14} {'read':>14} {'write':>12}")
    cells = table_1()
    for first in range(0, len(cells), 4):
        channels, height, word_bits, name, _ = cells[first][0]
        shown = [
            f"{published} / {ours}{'*' if verdict == 'erratum' else ''}"
            for _, published, ours, verdict in cells[first : first + 4]
        ]
        head = f"N={channels} H={height} WL={word_bits} {name}"
        lines.append(f"  {head:22} {shown[0]:>16} {shown[1]:>14} {shown[2]:>14} {shown[3]:>12}")
    return "\n".join(lines)


def figure_6() -> list[tuple[int, int, int, float]]:
    """Return replicas, width, rows and aspect ratio of every point of Fig. 6."""
    return [
        (
            n,
            width,
            patch_rows(n, width, FIG_6.kernel, FIG_6.channels),
            aspect_ratio(n, width, FIG_6),
        )
        for width in WIDTHS
        for n in range(1, REPLICAS + 1)
    ]


def figure_6_text() -> str:
    """Return a few columns of Fig. 6 and the numbers that the text gives."""
    rows = {(n, width): (count, ratio) for n, width, count, ratio in figure_6()}
    lines = ["Fig. 6: crossbar rows (aspect ratio) of n replicas, Cin = Cout = 16, F = 3"]
    lines.append("  n    " + "".join(f"{f'dW={width}':>14}" for width in WIDTHS))
    for n in (1, 4, 9, 16, 20, 36, 64):
        shown = (f"{count} ({ratio:.2f})" for count, ratio in (rows[n, w] for w in WIDTHS))
        lines.append(f"  {n:<4} " + "".join(f"{text:>14}" for text in shown))
    lines.append(
        f"  20 replicas: published 1056 (method 1) and 672 (dW = 5), "
        f"ours {rows[20, 1][0]} and {rows[20, 5][0]}"
    )
    return "\n".join(lines)


def layers_text() -> str:
    """Return Table 2's layers: cores on 256 x 256 arrays, input memory, least pixels."""
    lines = ["ResNet-32 on 256 x 256 arrays (channels of layers 12 and 22 as corrected)"]
    total = 0
    for name, count, layer in RESNET32:
        cores = len(split(layer, 256, 256))
        total += count * cores
        inputs = -(-layer.channels // (cores if layer.rows > 256 else 1))
        method = Method.IWAP if name == "1" else Method.PLIP
        place = Placement(
            method=method, height=layer.height, channels=layer.channels, kernel=layer.kernel
        )
        least = least_pixels(layer.height, layer.kernel, layer.padding)
        lines.append(
            f"  {name:6} {count:2} x {cores} cores of {layer.kernel**2 * inputs:3} rows, "
            f"{place.table_bytes:5} bytes ({method.name}), first output after {least} pixels"
        )
    lines.append(f"  cores: published 43, ours {total}")
    return "\n".join(lines)


def write(folder: Path) -> str:
    """Write ``table1.csv``, ``fig6.csv`` and ``fig6.png``; return the tables."""
    cells = [
        (*key, published, ours, verdict, "derived") for key, published, ours, verdict in table_1()
    ]
    head = ("N", "H", "WL", "method", "quantity", "published", "ours", "verdict", "ours_is")
    write_csv(folder / "table1.csv", head, cells)
    write_csv(folder / "fig6.csv", ("replicas", "dW", "rows", "aspect_ratio"), figure_6())
    draw(folder / "fig6.png")
    return "\n\n".join((figure_6_text(), table_1_text(), layers_text()))


def draw(path: Path) -> None:
    """Draw Fig. 6."""
    figure = new_figure(9, 3.6)
    ratio, rows = figure.subplots(1, 2)
    points = figure_6()
    for width in WIDTHS:
        chosen = [point for point in points if point[1] == width]
        replicas = [point[0] for point in chosen]
        ratio.plot(replicas, [point[3] for point in chosen], label=f"dW = {width}")
        rows.plot(replicas, [point[2] for point in chosen], label=f"dW = {width}")
    rows.plot([20, 20], [1056, 672], "kx", label="published")
    ratio.set(xlabel="replicas n", ylabel="rows / columns", title="A. Aspect ratio")
    rows.set(xlabel="replicas n", ylabel="crossbar rows", title="B. Rows")
    ratio.legend()
    rows.legend()
    save_chart(path, figure)
