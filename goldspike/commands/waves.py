"""``goldspike waves``."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from goldspike.commands.common import Commands, add_circuits, whole
from goldspike.model.errors import InputError
from goldspike.progress import waiting

__all__ = ["add", "run", "show"]

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("waves", help="waveforms of a circuit's scenario, and a diagram")
    add_circuits(parser, seed="seed of a scenario that is drawn; default 1")
    parser.add_argument("-o", "--out", metavar="DIR", help="default build/waves")
    parser.add_argument("--keep", action="store_true", help="renew the views in waveforms/ too")
    parser.add_argument(
        "--open", action="store_true", help="show them in GTKWave, or else in Surfer"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike waves``."""
    from goldspike.cosim.bench.circuits import choose_config, circuits, load_bench
    from goldspike.cosim.lockstep.scenario import keep_views, write_all
    from goldspike.model.guard import guard_files
    from goldspike.model.paths import BUILD

    seed = whole(arguments.seed, "The seed", 0)
    if arguments.keep and (arguments.config or seed is not None):
        raise InputError("Views are kept of the default configuration and seed only.")
    folder = Path(arguments.out) if arguments.out else BUILD / "waves"
    guard_files(folders=[folder])
    viewer = find_viewer() if arguments.open else None
    for circuit in arguments.circuit or circuits():
        bench = load_bench(circuit)
        config = choose_config(bench, arguments.config or bench.shown)
        with waiting(f"{circuit}, {config}"):
            paths = write_all(bench, config, 1 if seed is None else seed, folder)
        print(*paths, sep="\n", flush=True)
        if arguments.keep:
            print(*keep_views(bench, paths), sep="\n", flush=True)
        if viewer:
            show(viewer, paths)
    return 0


def find_viewer() -> str:
    """Return the viewer on PATH.

    Raises
    ------
    InputError
        If there is none, or no display.
    """
    if sys.platform == "linux" and not any(map(os.environ.get, DISPLAYS)):
        raise InputError(f"--open needs a display, but neither {' nor '.join(DISPLAYS)} is set.")
    for name in ("gtkwave", "surfer"):
        if found := shutil.which(name):
            return found
    raise InputError("--open needs GTKWave or Surfer on PATH; found neither.")


def show(viewer: str, paths: list[Path]) -> None:
    """Open a circuit's waves, and wait until the viewer is closed.

    Raises
    ------
    InputError
        If it ends with an error, as it does without the display that is named.
    """
    vcd, gtkwave, surfer = (
        next(path for path in paths if path.suffix == suffix)
        for suffix in (".vcd", ".gtkw", ".sucl")
    )
    views = [gtkwave] if Path(viewer).name == "gtkwave" else ["-c", surfer]
    code = subprocess.run([viewer, vcd, *views], check=False).returncode
    if code:
        raise InputError(f"{viewer} could not show {vcd} (exit code {code}).")
