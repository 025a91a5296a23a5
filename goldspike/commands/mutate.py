"""``goldspike mutate``."""

import argparse
import time
from collections.abc import Mapping
from typing import Any

from goldspike.commands.common import Commands, chosen_seed, whole
from goldspike.model.errors import InputError

__all__ = ["add", "run"]

SHOWN = 20
MOST_MUTANTS = 100_000


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("mutate", help="how many wrong circuits the benches notice")
    parser.add_argument("circuit", nargs="*", metavar="CIRCUIT", help="default: all with a clock")
    parser.add_argument("--config", help="one configuration (see goldspike list CIRCUIT)")
    parser.add_argument("--seed", metavar="N", help="seed of the stimulus; default 1")
    parser.add_argument("--count", metavar="N", help="mutants per draw; default 120")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike mutate``."""
    from goldspike.cosim.bench.circuits import choose_config, circuits, load_bench
    from goldspike.model.paths import BUILD
    from goldspike.signoff.mutation import COUNT, DRAWS, score
    from goldspike.signoff.results import note

    seed = chosen_seed(arguments)
    count = whole(arguments.count, "The number of mutants", 1, MOST_MUTANTS) or COUNT
    for circuit in arguments.circuit or circuits("tick"):
        bench = load_bench(circuit)
        if not bench.clocked:
            raise InputError(f"{circuit} has no clock; its mutants are those of the source.")
        checks = bench.checks
        chosen = (arguments.config,) if arguments.config else checks.mutants or (checks.gates,)
        results = {}
        for name in chosen:
            begin = time.monotonic()
            config = choose_config(bench, name)
            folder = BUILD / "mutants" / circuit.replace("/", "_") / config
            found = score(bench, config, folder, count=count, seed=seed, steps=bench.steps)
            results[config] = found
            tell(circuit, config, found, time.monotonic() - begin)
        if count >= COUNT and not arguments.config:  # fewer make no score to be published
            total = {
                verdict: sum(found[verdict] for found in results.values())
                for verdict in ("killed", "survived", "equivalent")
            }
            found = {**total, "draws": list(DRAWS), "seed": seed, "configs": results}
            note(circuit, "netlist mutants", found)
    return 0


def tell(circuit: str, config: str, found: Mapping[str, Any], seconds: float) -> None:
    """Print the score, of each draw too, and what survived."""
    from goldspike.signoff.status import shown_mutants

    draws = ", ".join(shown_mutants(draw).partition(" (")[0] for draw in found["draws"].values())
    print(
        f"  {circuit:<30} {config:<18} {shown_mutants(found)} killed, "
        f"{found['equivalent']} equivalent; by draw: {draws} ({seconds:.0f} s)",
        flush=True,
    )
    for survivor in found["survivors"][:SHOWN]:
        print(f"      survived: {survivor}")
