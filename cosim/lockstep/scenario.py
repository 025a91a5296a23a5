"""Play a circuit's scene and write all its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.scene import load_scene
from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.bench.view import View
from goldspike.cosim.lockstep.runner import Run, cocotb
from goldspike.cosim.waves.files import gtkwave_view, surfer_view
from goldspike.cosim.waves.history import Signal, read_history
from goldspike.cosim.waves.vcd import cut, state_names, variables
from goldspike.hdl.verilog import module_name
from goldspike.model.files import write_atomically
from goldspike.model.paths import ROOT
from goldspike.model.scratch import scratch

__all__ = ["KEPT", "Recording", "keep_views", "record", "write_all"]

KEPT = ROOT / "waveforms"


@dataclass(frozen=True)
class Recording:
    """What a circuit did in a scene.

    Attributes
    ----------
    name : str
        The top module.
    rows : structured array
        The stimulus.
    history : mapping of str to Signal
        The signals of its view.
    ticks : int
        The last tick.
    gtkwave, surfer : str
        The saved views.
    """

    name: str
    view: View
    rows: np.ndarray
    history: Mapping[str, Signal]
    ticks: int
    gtkwave: str
    surfer: str


def record(bench: type[Bench], config: str, seed: int, vcd: Path) -> Recording:
    """Play the scene of a circuit; keep its VCD at `vcd`."""
    job, scene = bench(config), load_scene(bench.circuit)
    rows = scene.scenario(job, np.random.default_rng(seed))
    ticks = int(rows["tick"][-1])
    view = scene.view(job)
    run = Run(job, bench.rtl, rows)
    name = module_name(run.make())
    with scratch("goldspike-run-") as folder:
        log = cocotb(run, folder, until=ticks + 1)
        dump = folder / "dump.vcd"
        if not dump.exists():
            raise LockstepError(f"{bench.circuit}: the run broke off\n{log}")
        cut(dump, vcd, 0, None, state_names(view))
    history = read_history(vcd, name, view, bench.scale)
    known = variables(vcd, name)
    first = bench.scale.origin_ps - bench.scale.unit_ps // 2 * bench.scale.clocked
    last = first + max(ticks, 1) * bench.scale.bench_ps
    gtkwave = gtkwave_view(view, known, bench.scale, first, last)
    return Recording(name, view, rows, history, ticks, gtkwave, surfer_view(view, known))


def write_all(bench: type[Bench], config: str, seed: int, folder: Path) -> list[Path]:
    """Write VCD, views and diagram of a circuit into `folder`; return their paths."""
    from goldspike.cosim.waves.diagram import draw, need_matplotlib

    need_matplotlib()
    stem = bench.circuit.replace("/", "_")
    paths = [folder / f"{stem}.{ending}" for ending in ("vcd", "gtkw", "sucl", "png")]
    done = record(bench, config, seed, paths[0])
    for path, text in zip(paths[1:3], (done.gtkwave, done.surfer), strict=True):
        write_atomically(path, lambda stream, text=text: stream.write(text.encode()))
    draw(
        done.view, done.history, done.ticks * bench.scale.bench_ps / bench.scale.unit_ps,
        f"{bench.circuit}, {config}", bench.scale, paths[3],
    )  # fmt: skip
    return paths


def keep_views(bench: type[Bench], written: list[Path]) -> list[Path]:
    """Copy the views among the files written to the place where they are kept."""
    kept = []
    for path in written:
        if path.suffix in (".gtkw", ".sucl"):
            target = KEPT / f"{bench.circuit}{path.suffix}"
            text = path.read_bytes()
            write_atomically(target, lambda stream, text=text: stream.write(text))
            kept.append(target)
    return kept
