"""``goldspike report imc-pipeline``: ResNet-32 flowing through its cores, Fig. 10 of Dazzi 2021.

Panels A and B, outputs of every layer over timesteps with one output per timestep and with 4, 2 and
1, come from a run of the timestep model on the cores that the mapper gives each layer. Of panels C
and D the text says nothing; drawn is what it says of Fig. 10's throughput: images per second over
the images of a batch, for both ways, with timesteps of 100 ns.
"""

from pathlib import Path

import numpy as np

from goldspike.charts import COLOURS, new_figure, save_chart, text_table, write_csv
from goldspike.imc.energy import TIMESTEP_NS
from goldspike.imc.report_mapper import rates
from goldspike.model.imc.shared.array import ArrayParams
from goldspike.workloads.imc.mapper import at_rest, black, main_path, placement, thin
from goldspike.workloads.imc.options import Limits
from goldspike.workloads.imc.resnet import resnet32

__all__ = ["batch", "progress", "write"]

WAYS = {"one output per timestep": (1, 1, 1), "4, 2 and 1 outputs": (4, 2, 1)}
IMAGES = 100
"""Of the paper's batch (section 3.1.3)."""
PUBLISHED = {  # latency in timesteps, images/s; section 3.1.3 and 3.1.4
    "one output per timestep": (1628, 9650), "4, 2 and 1 outputs": (526, 38600),
}  # fmt: skip


def progress(array: ArrayParams) -> np.ndarray:
    """Return how many outputs of an image every stage has made, int64 (timesteps, stages)."""
    model, left, counts = at_rest(array), black(array, 1), []
    last = [next(place for place in array.select(k, last=True)) for k in range(len(array.stages))]
    while not model.answers:
        left = left[model.run(left, 1) :]
        made = model.outputs
        counts.append([made[place] for place in last])
    return np.array(counts)


def batch(array: ArrayParams) -> np.ndarray:
    """Return the timesteps, int64 (images,), from the first pixel to every answer of a batch."""
    model = at_rest(array, most_answers=IMAGES)
    model.run(black(array, IMAGES), 1 << 40)
    return np.array([now for now, _, _ in model.answers]) - model.starts[0] + 1


def per_second(ends: np.ndarray) -> np.ndarray:
    """Return images per second over batches of 1, 2, ... images."""
    return np.arange(1, len(ends) + 1) / (ends * TIMESTEP_NS * 1e-9)


def write(folder: Path) -> str:
    """Write ``fig10.csv``, ``batch.csv`` and ``fig10.png``; return both ways beside the paper's."""
    network = resnet32()
    arrays = {name: thin(placement(network, rates(each), Limits()).array, stored=False)
              for name, each in WAYS.items()}  # fmt: skip
    made = {name: progress(array) for name, array in arrays.items()}
    ends = {name: batch(array) for name, array in arrays.items()}
    layers = main_path(network)
    rows = [
        (name, now, *counts[now, layers].tolist())
        for name, counts in made.items()
        for now in range(len(counts))
    ]
    head = ("way", "timestep", *(f"layer {k}" for k in range(1, len(layers) + 1)))
    write_csv(folder / "fig10.csv", head, rows)
    speeds = {name: per_second(found) for name, found in ends.items()}
    write_csv(
        folder / "batch.csv",
        ("images", *(f"images/s, {name}" for name in speeds)),
        [(n + 1, *(round(float(s[n])) for s in speeds.values())) for n in range(IMAGES)],
    )
    draw(folder / "fig10.png", made, speeds, layers)
    table = []
    for name, (latency, throughput) in PUBLISHED.items():
        ours = int(ends[name][0])
        table += [
            (f"latency, timesteps: {name}", str(latency), str(ours), "derived"),
            (f"images/s, {IMAGES} images: {name}", str(throughput),
             f"{speeds[name][-1]:.0f}", "derived"),
        ]  # fmt: skip
    return (
        f"{text_table(('quantity', 'published', 'ours', 'ours is'), table)}\n"
        "Ours is from an image's first pixel to its class, hops, pooling and fully connected layer "
        "included; `goldspike report imc-mapper` shows what lies between that and the published "
        "latencies. The batch includes filling and emptying the array; without them an image comes "
        f"every {np.diff(ends['one output per timestep'])[-1]} and "
        f"{np.diff(ends['4, 2 and 1 outputs'])[-1]} timesteps.\n"
        "4, 2 and 1 outputs take 62 cores and links of 512 bits, not the paper's 48 and 448."
    )


def draw(
    path: Path, made: dict[str, np.ndarray], speeds: dict[str, np.ndarray], layers: list[int]
) -> None:
    """Draw outputs over timesteps (A, B), and images per second over a batch (C, D)."""
    figure = new_figure(9, 6.6)
    grid = figure.subplots(2, 2)
    groups = ((0, 11, "layers 1 to 11"), (11, 21, "layers 12 to 21"), (21, 31, "layers 22 to 31"))
    for axes, (letter, (name, counts)) in zip(grid[0], zip("AB", made.items(), strict=True),
                                              strict=True):  # fmt: skip
        for k, (first, end, label) in enumerate(groups):
            for n, layer in enumerate(layers[first:end]):
                axes.plot(
                    counts[:, layer],
                    color=COLOURS[k],
                    linewidth=0.8,
                    label=label if not n else None,
                )
        axes.set(xlabel="timestep", ylabel="outputs of a layer", title=f"{letter}: {name}")
        axes.legend()
    for axes, (letter, (name, speed)) in zip(grid[1], zip("CD", speeds.items(), strict=True),
                                             strict=True):  # fmt: skip
        axes.plot(np.arange(1, len(speed) + 1), speed, color=COLOURS[0], label="ours")
        axes.axhline(PUBLISHED[name][1], color=COLOURS[2], label="published, 100 images")
        axes.set(xlabel="images of a batch", ylabel="images per second",
                 title=f"{letter}: {name}")  # fmt: skip
        axes.legend()
    save_chart(path, figure)
