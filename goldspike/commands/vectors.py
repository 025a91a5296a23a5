"""``goldspike vectors``."""

import argparse
from pathlib import Path

from goldspike.commands.common import Commands, add_circuits, chosen_seed, whole
from goldspike.progress import waiting

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("vectors", help="write Verilog with a testbench and its parser")
    add_circuits(parser)
    parser.add_argument("--steps", metavar="N", help="length of a run; default: the bench's own")
    parser.add_argument("-o", "--out", metavar="DIR", help="default build/vectors")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike vectors``."""
    from goldspike.cosim.bench.circuits import check_steps, choose_config, circuits, load_bench
    from goldspike.cosim.vectors.write import write_vectors
    from goldspike.model.guard import guard_files
    from goldspike.model.paths import BUILD

    seed = chosen_seed(arguments)
    steps = whole(arguments.steps, "The number of steps")
    guard_files(folders=[arguments.out or BUILD / "vectors"])
    for circuit in arguments.circuit or circuits("tick"):
        bench = load_bench(circuit)
        check_steps(bench, steps)
        config = choose_config(bench, arguments.config)
        folder = Path(arguments.out or BUILD / "vectors") / circuit.replace("/", "_")
        length = steps or bench.steps
        with waiting(f"{circuit}, {config}"):
            count = write_vectors(bench, config, seed=seed, steps=length, folder=folder)
        print(f"{folder} ({config}): {count} records", flush=True)
    return 0
