"""``goldspike report alwayson-arbiter``: the area of both policies of the synapse arbiter; Fig. 5D.

Ref: Chundi 2021, "Synapse Block": "the area saving is about 17X for 128 inputs", the fixed priority
growing linearly with the inputs and the round robin faster. Fig. 5D divides by the fixed priority
of 32 inputs, and so does this report.

Counted twice: cells of an ECP5, and gates of two inputs. LUTs of a small arbiter depend on how the
mapper happens to join them (at 32 inputs the fixed priority takes more of them than the round
robin); gates do not.
"""

from pathlib import Path
from typing import NamedTuple

from goldspike.charts import COLOURS, new_figure, save_chart, text_table, write_csv
from goldspike.hdl.alwayson.synapse_arbiter import SynapseArbiter
from goldspike.hdl.area import area, gates
from goldspike.model.alwayson.synapse_arbiter import Policy, SynapseArbiterParams
from goldspike.model.scratch import scratch
from goldspike.progress import progress

__all__ = ["INPUTS", "PUBLISHED", "Size", "measure", "write"]

INPUTS = (32, 64, 128)
PUBLISHED = 17.0
"""Round robin over fixed priority at 128 inputs, in area (Chundi 2021, Fig. 5D)."""

HEAD = ("policy", "inputs", "LUTs", "flip-flops", "gates", "gates of fixed, 32", "of fixed")


class Size(NamedTuple):
    """How large an arbiter is."""

    luts: int
    flip_flops: int
    gates: int


def measure(inputs: int, policy: Policy) -> Size:
    """Synthesise an arbiter twice and count."""
    arbiter = SynapseArbiterParams(inputs=inputs, policy=policy)
    with scratch("goldspike-area-") as folder:
        cells = area(SynapseArbiter(arbiter), folder)
        return Size(cells.luts, cells.flip_flops, gates(SynapseArbiter(arbiter), folder))


def write(folder: Path) -> str:
    """Write ``arbiter.csv`` and Fig. 5D; return the table."""
    points = [(policy, n) for policy in Policy for n in INPUTS]
    sizes = {
        (policy, n): measure(n, policy)
        for policy, n in progress(points, "alwayson-arbiter", len(points))
    }
    unit = sizes[Policy.FIXED, INPUTS[0]].gates
    rows = [
        (
            policy.value.replace("_", " "), n, *size, f"{size.gates / unit:.2f}",
            f"{size.gates / sizes[Policy.FIXED, n].gates:.2f}",
        )
        for (policy, n), size in sizes.items()
    ]  # fmt: skip
    write_csv(folder / "arbiter.csv", HEAD, rows)
    draw(sizes, folder / "fig5d.png")
    most = INPUTS[-1]
    fixed, robin = (sizes[policy, most] for policy in (Policy.FIXED, Policy.ROUND_ROBIN))
    lines = [
        "Area of the synapse arbiter (Chundi 2021, Fig. 5D)", "", text_table(HEAD, rows), "",
        f"round robin over fixed priority at {most} inputs: published {PUBLISHED:.0f}, ours "
        f"{robin.gates / fixed.gates:.2f} in gates, {robin.luts / fixed.luts:.2f} in LUTs.",
        "The published round robin grows faster than its inputs; ours is the fixed priority twice,",
        "once over the rows behind the last one served, and grows as they do.",
    ]  # fmt: skip
    return "\n".join(lines)


def draw(sizes: dict[tuple[Policy, int], Size], path: Path) -> None:
    """Draw Fig. 5D: gates over those of the fixed priority of 32 inputs."""
    figure = new_figure(6, 4)
    axes = figure.add_subplot()
    unit = sizes[Policy.FIXED, INPUTS[0]].gates
    for policy, colour in zip(Policy, COLOURS, strict=False):
        heights = [sizes[policy, n].gates / unit for n in INPUTS]
        axes.plot(INPUTS, heights, "o-", color=colour, label=policy.value.replace("_", " "))
    last = sizes[Policy.FIXED, INPUTS[-1]].gates / unit
    axes.plot(INPUTS[-1], PUBLISHED * last, "x", color="black", label="published round robin")
    axes.set(xlabel="inputs", ylabel="gates, of the fixed priority of 32", xticks=INPUTS,
             title="Area of the synapse arbiter (Fig. 5D)")  # fmt: skip
    axes.set_yscale("log")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    save_chart(path, figure)
