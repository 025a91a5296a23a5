"""``goldspike verilog``."""

import argparse
from pathlib import Path

from goldspike.commands.common import Commands, add_circuits
from goldspike.model.errors import InputError
from goldspike.progress import waiting

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("verilog", help="write Verilog and a map of its signals")
    add_circuits(parser, seed="")
    parser.add_argument("--realisation", default="tick", help="tick or cell")
    parser.add_argument("-o", "--out", metavar="DIR", help="default build/verilog")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike verilog``."""
    from goldspike.cosim.bench.circuits import choose_config, circuits, load_bench
    from goldspike.hdl.cells import CELLS
    from goldspike.hdl.constraints import cell_list, constraints
    from goldspike.hdl.power_intent import power_intent
    from goldspike.hdl.published import commented, instance
    from goldspike.hdl.verilog import module_name, signal_map, to_verilog
    from goldspike.model.files import write_atomically, write_json
    from goldspike.model.guard import guard_files
    from goldspike.model.paths import BUILD

    realisation = arguments.realisation
    if realisation not in ("tick", "cell"):
        raise InputError(f"unknown realisation {realisation!r}; choose from tick, cell.")
    folder = Path(arguments.out) if arguments.out else BUILD / "verilog"
    names = [realised(name, realisation) for name in arguments.circuit] or circuits(realisation)
    guard_files(reads=[CELLS], writes=[folder / "cells.v"], folders=[folder])
    for circuit in names:
        bench = load_bench(circuit)
        config = choose_config(bench, arguments.config)
        component = bench.rtl(bench(config).params)
        path = folder / f"{module_name(component)}.v"
        with waiting(f"{circuit}, {config}"):
            text = to_verilog(component)
        written = {
            path: commented(text, component, config),
            path.with_suffix(".inst.v"): instance(text, component),
        }
        signals = signal_map(bench.rtl(bench(config).params), text)
        write_json(path.with_suffix(".json"), {"config": config, "signals": signals})
        print(f"{path} ({config})")
        if "/cell/" in circuit:
            written |= {
                folder / "cells.v": CELLS.read_text(),
                path.with_suffix(".sdc"): constraints(text, path.stem),
                path.with_suffix(".cells.txt"): cell_list(text, path.stem),
            }
        if intent := power_intent(text, path.stem):
            written[path.with_suffix(".upf")] = intent
        for place, content in written.items():
            write_atomically(place, lambda stream, text=content: stream.write(text.encode()))
        print(*(place for place in written if place != path), path.with_suffix(".json"), sep="\n")
    return 0


def realised(circuit: str, realisation: str) -> str:
    """Return the name of a circuit in a realisation: ``mubrain/arbiter`` is in ``cell`` too."""
    if realisation == "tick" or "/cell/" in circuit:
        return circuit
    chip, _, stem = circuit.partition("/")
    return f"{chip}/cell/{stem}"
