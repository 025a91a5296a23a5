"""``goldspike report imc-dataflow``: Fig. 8's pointers and addresses, and the rows of Fig. 2.

A 3 x 3 kernel on 5 x 5 pixels of two words, no padding, one pixel per timestep. Accesses are read
off the trace of the compiled circuit, and from them which pixels make a row; pointers and addresses
are the golden model's, whose accesses are compared with the circuit's, word for word.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from goldspike.charts import COLOURS, new_figure, save_chart, text_table, write_csv
from goldspike.cosim.bench.scoreboard import LockstepError, compare
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.imc.core import Core
from goldspike.model.imc.core import CoreIn, CoreModel, CoreParams
from goldspike.model.imc.dataflow_controller import Pointers
from goldspike.model.imc.input_memory import FETCH, STORE
from goldspike.model.imc.shared.layer import LayerParams

__all__ = ["FIG_8", "PUBLISHED", "Timestep", "run", "write"]

FIG_8 = CoreParams(
    layer=LayerParams(height=5, width=5, channels=4, outputs=1, padding=0),
    word_bits=16, depth=30, window=2, rows_per_tick=9,
)  # fmt: skip
"""Pixels of two words, as in Fig. 7; five rows stand for the figure's H."""

H, KERNEL, PIX = FIG_8.layer.height, FIG_8.memory.delta_kernel, FIG_8.memory.delta_pix
NONE = (-1, -1)

PUBLISHED = {
    0: ("N", (0, 0), KERNEL, NONE, 0),
    1: ("N+1", (1, 0), 2 * KERNEL, NONE, 0),
    H - 1: ("N+H", (H - 1, 0), PIX[1], NONE, 0),
    2 * H + 2: ("N+2H+3", (2, 2), None, (0, 0), 3 * KERNEL),
}
"""Section 2.4.3 on Fig. 8B, by the timestep in which it is so here: its name there, pointer_in,
addr_w_0 (not given for the last one), pointer_out, addr_r_0. If the first pixel comes in timestep
N, the H-th comes in N + H - 1 and the (2H + 3)-th in N + 2H + 2: the text is one ahead."""

HEAD = ("timestep", "pointer_in", "addr_w_0", "pointer_out", "addr_r_0", "stored", "fetched",
        "rows loaded", "published")  # fmt: skip


@dataclass
class Timestep:
    """What happened in a timestep, and what it left.

    Attributes
    ----------
    pointer_in, pointer_out : tuple of int
        (x, y) of the pixel stored, and of the output computed, last; -1 before the first.
    addr_w_0, addr_r_0 : int
        Words.
    stored, fetched : list of int
        Addresses, word by word.
    rows : dict of int to list of int
        The rows of pixels that were loaded: columns by row.
    """

    pointer_in: tuple[int, int]
    pointer_out: tuple[int, int]
    addr_w_0: int
    addr_r_0: int
    stored: list[int] = field(default_factory=list)
    fetched: list[int] = field(default_factory=list)
    rows: dict[int, list[int]] = field(default_factory=dict)

    @property
    def values(self) -> tuple:
        """The state variables, in the paper's order."""
        return self.pointer_in, self.addr_w_0, self.pointer_out, self.addr_r_0


def run() -> list[Timestep]:
    """Send one image; return its timesteps.

    Raises
    ------
    LockstepError
        If circuit and golden model differ in an access.
    """
    params, ticks, words = FIG_8, FIG_8.busiest, FIG_8.memory.words
    count = H * params.layer.width
    with BatchSimulator(Core(params, trace=True), params.trace) as simulator:
        rows = simulator.stimulus(count * ticks + 1)
        phase = np.arange(len(rows)) % ticks
        rows["tick"] = 1 + np.arange(len(rows))
        rows["out_ready"] = 1
        rows["step"] = phase == 0
        rows["in_valid"] = (phase >= 1) & (phase <= words)
        number = np.arange(len(rows)) // ticks * words + phase  # of the word, to tell it by
        rows["in_word"] = np.where(rows["in_valid"], number, 0)
        for name in ("step", "in_valid", "in_word"):
            rows[name][-1] = 0
        records = simulator.run(rows, len(rows))
    accesses = dict(params.parts)["memory"].select(records, "memory")
    model, timesteps = CoreModel(params), []
    for k in range(count):
        for row in rows[k * ticks : (k + 1) * ticks]:
            word = np.frombuffer(int(row["in_word"]).to_bytes(2, "little"), np.uint8)
            seen = word if row["in_valid"] else None
            model.tick(CoreIn(step=bool(row["step"]), word=seen, out_ready=True))
        pointers = (before(model.controller.pointer_in), before(model.controller.pointer_out))
        addresses = (model.memory.addr_w_0, model.memory.addr_r_0)
        timesteps.append(Timestep(*pointers, *addresses))
    mismatch = compare({"memory": model.trace()["memory"]}, {"memory": accesses})
    if mismatch:
        raise LockstepError(f"imc/core, {mismatch}")
    fill(timesteps, accesses)
    return timesteps


def before(pointer: Pointers) -> tuple[int, int]:
    """Return the place before that of a pointer: ours is of what comes next, the paper's of last.

    Places of the images before have negative columns, as has the one before all others.
    """
    number = (pointer.image * pointer.width + pointer.y) * pointer.height + pointer.x - 1
    return NONE if number < 0 else (number % pointer.height, number // pointer.height)


def fill(timesteps: list[Timestep], accesses: np.ndarray) -> None:
    """Note what the circuit's accesses say: addresses, and the pixels that lie there."""
    held: dict[int, tuple[int, int]] = {}
    words, stored = FIG_8.memory.words, 0
    columns = (accesses[name].tolist() for name in ("tick", "kind", "address"))
    for tick, kind, address in zip(*columns, strict=True):
        now = timesteps[(tick - 1) // FIG_8.busiest]
        if kind == STORE:
            held[address] = (stored // words % H, stored // words // H)
            now.stored.append(address)
            stored += 1
        elif kind == FETCH:
            x, y = held[address]
            now.fetched.append(address)
            if y not in now.rows.setdefault(x, []):
                now.rows[x].append(y)


def table(timesteps: list[Timestep]) -> list[tuple]:
    """Return the rows of the table."""
    rows = []
    for k, now in enumerate(timesteps):
        loaded = "; ".join(f"x={x}: y={y[0]}..{y[-1]}" for x, y in now.rows.items())
        rows.append(
            (
                f"N+{k}" if k else "N",
                *(show(value) for value in now.values),
                " ".join(map(str, now.stored)), " ".join(map(str, now.fetched)), loaded,
                verdict(k, now),
            )
        )  # fmt: skip
    return rows


def show(value: int | tuple[int, int]) -> str:
    """Write a pointer or an address."""
    return f"({value[0]}, {value[1]})" if isinstance(value, tuple) else str(value)


def verdict(k: int, now: Timestep) -> str:
    """Say how a timestep compares with what the paper shows."""
    if k not in PUBLISHED:
        return ""
    name, *published = PUBLISHED[k]
    given = [(a, b) for a, b in zip(published, now.values, strict=True) if a is not None]
    if any(a != b for a, b in given):
        return f"{name}: {published}"
    late = k > 1  # the text counts a timestep ahead from there on
    return f"{name} has these values" + (", a timestep too late" if late else "")


def write(folder: Path) -> str:
    """Write ``fig8.csv`` and ``fig8.png``; return the table."""
    timesteps = run()
    rows = table(timesteps)
    write_csv(folder / "fig8.csv", HEAD, rows)
    draw(folder / "fig8.png", timesteps)
    shown = [(*row[:5], row[7], row[8]) for row in rows]
    first, second = next(
        (len(a.fetched), len(b.fetched)) for a, b in pairwise(timesteps) if a.fetched and b.fetched
    )
    words = FIG_8.memory.words
    return (
        f"Fig. 8: 3 x 3 kernel, {H} x {FIG_8.layer.width} pixels of {words} words, no padding; "
        f"delta-kernel = {KERNEL}, delta-pix = {PIX}\n"
        f"{text_table((*HEAD[:5], HEAD[7], HEAD[8]), shown)}\n\n"
        f"Fig. 2: a column's first output loads {first // words} pixels, the next "
        f"{second // words}. The figure spreads the first rows over the timesteps before it;\n"
        "Algorithm 1 reads them in the one in which the output is computed, as the circuit does."
    )


def draw(path: Path, timesteps: list[Timestep]) -> None:
    """Draw pointers, accesses and the rows that are loaded."""
    figure = new_figure(9, 7)
    pointers, memory, rows = figure.subplots(3, 1, sharex=True)
    now = np.arange(len(timesteps))
    for name, colour in (("pointer_in", COLOURS[0]), ("pointer_out", COLOURS[1])):
        for k, style in ((0, "-"), (1, ":")):
            values = [getattr(step, name)[k] for step in timesteps]
            pointers.step(now, values, style, where="post", color=colour, label=f"{name}.{'xy'[k]}")
    for name, colour in (("addr_w_0", COLOURS[0]), ("addr_r_0", COLOURS[1])):
        values = [getattr(step, name) for step in timesteps]
        memory.step(now, values, where="post", color=colour, label=name)
    for name, colour, mark in (("stored", COLOURS[2], "s"), ("fetched", COLOURS[3], "_")):
        points = [(k + 0.5, a) for k, step in enumerate(timesteps) for a in getattr(step, name)]
        memory.plot(*zip(*points, strict=True), mark, color=colour, ms=4, label=name)
    for k, step in enumerate(timesteps):
        for x in step.rows:
            rows.plot(k + 0.5, x, "s", ms=12, color=COLOURS[x % len(COLOURS)])
    for place, (name, *_) in PUBLISHED.items():
        for axes in (pointers, memory, rows):
            axes.axvline(place + 0.5, color="0.8", zorder=0)
        pointers.text(place + 0.5, H, name, ha="center", size=8)
    pointers.set(ylabel="x, y")
    pointers.set_title("Fig. 8: pointers\n", loc="left")
    memory.set(ylabel="word", title="Fig. 8: addresses, and what is stored and fetched")
    rows.set(ylabel="row x", xlabel="timestep", title="Fig. 2: rows of pixels that are loaded")
    rows.set(yticks=range(H), ylim=(-0.6, H - 0.4))
    pointers.legend(ncols=4, fontsize=8, loc="upper right", bbox_to_anchor=(1, 1.5))
    memory.legend(ncols=1, fontsize=8, loc="center right")
    memory.set_xlim(-0.5, len(timesteps) + 3)
    save_chart(path, figure)
