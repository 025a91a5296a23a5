"""``goldspike verilog``."""

import argparse
from pathlib import Path

from cosim.commands.common import Commands
from model.errors import InputError

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("verilog", help="write Verilog and a map of its signals")
    parser.add_argument("circuit", nargs="*", metavar="CIRCUIT", help="default: all")
    parser.add_argument("--config", help="one configuration (see goldspike list CIRCUIT)")
    parser.add_argument("--realisation", default="tick", help="tick")
    parser.add_argument("-o", "--out", metavar="DIR", help="default build/verilog")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike verilog``."""
    from cosim.circuits import choose_config, circuits, load_bench
    from cosim.verilator import BUILD
    from hdl.verilog import module_name, signal_map, to_verilog
    from model.files import write_atomically, write_json

    if arguments.realisation != "tick":
        raise InputError(f"{arguments.realisation!r} is no realisation; known are tick.")
    folder = Path(arguments.out) if arguments.out else BUILD / "verilog"
    for circuit in arguments.circuit or circuits():
        bench = load_bench(circuit)
        config = choose_config(bench, arguments.config)
        component = bench.rtl(bench(config).params)
        path = folder / f"{module_name(component)}.v"
        text = to_verilog(component)
        write_atomically(path, lambda stream, text=text: stream.write(text.encode()))
        signals = signal_map(bench.rtl(bench(config).params), text)
        write_json(path.with_suffix(".json"), {"config": config, "signals": signals})
        print(f"{path} ({config})")
    return 0
