"""Energy of a run on the array, from counted accesses and the paper's 14 nm figures.

Ref: Dazzi 2021, section 3.2, Tables 3 and 4. What is published is powers and efficiencies; what an
access costs follows under these assumptions (each figure of :data:`CALIBRATED` is as good as its):

- Memory and controller, 10.54 mW, of which 0.1276 mW leak: those of a core that takes the widest
  pixel of Eq. 7, 56 channels in 4 words, and reads three of them in every timestep of 100 ns, so 16
  accesses. The SRAM macro has 2.604 mW of it; the controller's part is charged per access, too.
- Links, 39.4 to 346.5 fJ/bit "depending on their lengths": linear in the distance on the grid, from
  a neighbour to the opposite corner of 8 x 8 cores (14). Receivers of one pixel are charged each.
- Crossbar with its converters and digital processor: 10.5 TOPS/W with 256 x 256 devices and 16.3
  with 512 x 512 give a part per device and one per row and column, 2 n^2 operations each time. So
  part-used crossbars cost what they use. The digital processor lies in the part per column.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from goldspike.imc.engine import Result
from goldspike.imc.metrics import macs
from goldspike.model.imc.shared.array import ArrayParams, Kind, Stream
from goldspike.model.imc.shared.layer import RESNET32

__all__ = ["CALIBRATED", "ENERGY_MODEL", "distance", "energy", "energy_rows", "link_fj"]

ENERGY_MODEL = "accesses counted, costs calibrated on 14 nm figures (Dazzi 2021, section 3.2)"
TIMESTEP_NS = 100
CORE_MW, CORE_LEAK_MW = 10.54, 0.1276
SRAM_MW, SRAM_LEAK_MW = 2.604, 0.02155
LINK_MW = 0.775
NEAR_FJ, FAR_FJ, FAR = 39.4, 346.5, 14
ACCESSES = 16
TOPS_PER_WATT = {256: 10.5, 512: 16.3}
SRAM_PJ = (SRAM_MW - SRAM_LEAK_MW) * TIMESTEP_NS / ACCESSES
CONTROLLER_PJ = (CORE_MW - CORE_LEAK_MW) * TIMESTEP_NS / ACCESSES - SRAM_PJ
LEAK_PJ = CORE_LEAK_MW * TIMESTEP_NS
SMALL_PJ, LARGE_PJ = (2 * n * n / tops for n, tops in TOPS_PER_WATT.items())
DEVICE_PJ = (LARGE_PJ - 2 * SMALL_PJ) / (512**2 - 2 * 256**2)
LINE_PJ = (SMALL_PJ - 256**2 * DEVICE_PJ) / 512
CALIBRATED = {
    "SRAM, pJ per word": SRAM_PJ,
    "controller, pJ per word": CONTROLLER_PJ,
    "leakage, pJ per core and timestep": LEAK_PJ,
    "link, fJ per bit to a neighbour": NEAR_FJ,
    "link, fJ per bit and step beyond": (FAR_FJ - NEAR_FJ) / (FAR - 1),
    "crossbar, pJ per device": DEVICE_PJ,
    "crossbar and digital processor, pJ per row or column": LINE_PJ,
}
PARTS = ("sram", "controller", "links", "crossbar", "leakage")

Places = Sequence[tuple[int, int]]
"""Row and column of every core, the fully connected layer's last."""
Copies = Sequence[tuple[tuple[int, int], ...]]
"""The same of every core's copies, which take turns; links are taken to begin and end at the first.
"""


def distance(a: tuple[int, int], b: tuple[int, int]) -> int:
    """Return the steps between two places on the grid."""
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def link_fj(steps: int) -> float:
    """Return what a bit costs over a distance; nothing inside a core."""
    return NEAR_FJ + (steps - 1) * (FAR_FJ - NEAR_FJ) / (FAR - 1) if steps else 0.0


def pieces(params: ArrayParams, stream: Stream, places: Places) -> Iterator[tuple[int, int, int]]:
    """Yield sender (-1: the image), distance and bits of what each receiver takes of one item."""
    skips = stream.kind == Kind.RESIDUAL and not params.shortcut(stream.stage)
    per_channel = stream.bits // stream.channels if stream.kind == Kind.SUM else 8
    for sender in stream.senders:
        core = params.cores[sender]
        begin, size = core.inputs if skips else core.outputs
        if sender < 0 or stream.kind == Kind.SUM:
            begin, size = 0, stream.channels
        for receiver in stream.receivers:
            taker = params.cores[receiver]
            first, count = taker.inputs if stream.kind == Kind.PIXEL else taker.outputs
            if receiver < 0 or stream.kind == Kind.SUM:
                first, count = 0, stream.channels
            shared = min(begin + size, first + count) - max(begin, first)
            start = places[sender] if sender >= 0 else (places[0][0], places[0][1] - 1)
            if shared > 0:
                yield sender, distance(start, places[receiver]), shared * per_channel


def carried(params: ArrayParams, result: Result, samples: int) -> Iterator[tuple[Stream, int]]:
    """Yield every stream with the pixels or sums that it carried."""
    layer, residuals = params.stages[0].layer, iter(result.residuals)
    for stream in params.streams:
        if stream.kind == Kind.RESIDUAL:
            yield stream, next(residuals)
        elif stream.stage < 0:
            yield stream, samples * layer.height * layer.width
        else:
            yield stream, result.carried[stream.senders[0]]


def energy(params: ArrayParams, result: Result, samples: int, copies: Copies) -> dict[str, Any]:
    """Return the energy of a mean sample: of every part, core, and layer; and published figures.

    Parameters
    ----------
    params : ArrayParams
    result : Result
    samples : int
    copies : sequence of tuples of (int, int)
        Where every core and its copies lie.
    """
    places = [own[0] for own in copies]
    spent: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(PARTS, 0.0))  # pJ
    bits: dict[int, int] = defaultdict(int)  # by distance
    words: dict[int, int] = defaultdict(int)
    layer = params.stages[0].layer
    interval = -(-layer.height * layer.width // params.stages[0].replicas)
    lasted = (result.ends[-1] - result.ends[0]) / (samples - 1) if samples > 1 else interval
    for k, core in enumerate(params.cores):
        name, stage = f"core{k + 1}", params.stages[core.stage]
        accesses = result.reads[k] + result.writes[k]
        rows, columns = stage.layer.kernel**2 * core.inputs[1], core.outputs[1]
        spent[name]["sram"] = accesses * SRAM_PJ
        spent[name]["controller"] = accesses * CONTROLLER_PJ
        spent[name]["crossbar"] = result.carried[k] * operation_pj(rows, columns)
        spent[name]["leakage"] = len(copies[k]) * samples * lasted * LEAK_PJ
    last = params.stages[-1].layer.outputs
    spent["fully_connected"]["crossbar"] = samples * operation_pj(last, params.classes)
    spent["fully_connected"]["leakage"] = samples * lasted * LEAK_PJ
    for stream, count in carried(params, result, samples):
        for sender, steps, size in pieces(params, stream, places):
            name = f"core{sender + 1}" if sender >= 0 else "image"
            spent[name]["links"] += count * size * link_fj(steps) * 1e-3
            bits[steps] += count * size
            words[steps] += count * -(-size // params.word_bits)
    cores = {
        name: {part: round(pj * 1e-3 / samples, 4) for part, pj in parts.items()}
        for name, parts in spent.items()
    }
    layers: dict[str, float] = defaultdict(float)
    for name, parts in cores.items():
        whole = name.startswith("core")
        key = f"layer{params.cores[int(name[4:]) - 1].stage + 1}" if whole else name
        layers[key] = round(layers[key] + sum(parts.values()), 4)
    total = {part: sum(core[part] for core in cores.values()) for part in PARTS}
    found: dict[str, Any] = {
        "model": ENERGY_MODEL,
        "nJ_per_sample": round(sum(total.values()), 3),
        "parts": {part: round(nj, 3) for part, nj in total.items()},
        "cores": cores,
        "layers": dict(layers),
        "crossbar_operations": dict(
            zip((f"core{k}" for k in range(1, len(params.cores) + 1)), result.carried, strict=False)
        ),
        "link_words_by_steps": {str(steps): words[steps] for steps in sorted(words)},
        "link_bits_by_steps": {str(steps): bits[steps] for steps in sorted(bits)},
        "calibrated": {name: round(value, 5) for name, value in CALIBRATED.items()},
    }
    return {
        **found,
        "published": beside(
            params, total, sum(bits.values()) / samples, lasted, sum(map(len, copies)) - 1
        ),
    }


def operation_pj(rows: int, columns: int) -> float:
    """Return what an operation of a crossbar costs of which so much is in use."""
    return rows * columns * DEVICE_PJ + (rows + columns) * LINE_PJ


def beside(
    params: ArrayParams, total: dict[str, float], bits: float, lasted: float, cores: int
) -> list[dict[str, Any]]:
    """Return figures of the run beside published ones, and where ours come from."""
    ns = lasted * TIMESTEP_NS
    memory = total["sram"] + total["controller"] + cores * lasted * LEAK_PJ * 1e-3
    layers = [stage.layer for stage in params.stages]
    ops = 2 * (sum(macs(layer) for layer in layers) + layers[-1].outputs * params.classes)
    rows = [
        ("memory and controller, mW per core", 1e3 * memory / ns / cores, "10.54", "calibrated"),
        ("links, mW per core", 1e3 * total["links"] / ns / cores, "0.775", "calibrated"),
        ("links, fJ per bit", 1e6 * total["links"] / bits, "39.4 to 346.5", "calibrated"),
        ("whole chip, TOPS/W", 1e-3 * ops / sum(total.values()), "10.5", "calibrated"),
        ("whole chip, TOPS", 1e-3 * ops / ns, "", "derived"),
    ]
    if layers == paper_layers():
        published = "38600 with 4, 2 and 1 pixels" if params.stages[0].replicas == 4 else "9650"
        rows.append(("images per second", 1e9 / ns, published, "derived"))
    return [
        {"figure": name, "ours": round(ours, 4), "published": published, "origin": origin}
        for name, ours, published, origin in rows
    ]


def paper_layers() -> list:
    """Return the layers of the paper's network, without the fully connected one."""
    return [layer for _, count, layer in RESNET32[:-1] for _ in range(count)]


def energy_rows(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a table says of a run's energy."""
    parts = ", ".join(f"{nj:.1f} {part}" for part, nj in found["parts"].items())
    layers = ", ".join(f"{nj:.1f} {name}" for name, nj in found["layers"].items())
    links = ", ".join(f"{n} over {steps}" for steps, n in found["link_words_by_steps"].items())
    rows = [
        ("energy", f"{found['nJ_per_sample']:.1f} nJ per sample: {parts}"),
        ("", layers),
        ("", found["model"]),
        ("link words", f"{links} steps of the grid"),
    ]
    for row in found["published"]:
        published = f", published {row['published']}" if row["published"] else ""
        rows.append((row["figure"], f"{row['ours']:.4g}{published} ({row['origin']})"))
    return rows
