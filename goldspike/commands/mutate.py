"""``goldspike mutate``."""

import argparse
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from goldspike.commands.common import Commands, add_circuits, chosen_seed, whole
from goldspike.model.errors import InputError
from goldspike.progress import waiting

if TYPE_CHECKING:
    from goldspike.cosim.bench.bench import Bench

__all__ = ["add", "run"]

SHOWN = 20
MOST_MUTANTS = 20_000


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("mutate", help="how many wrong circuits the benches notice")
    add_circuits(parser, every="default: all that can be")
    parser.add_argument(
        "--source", action="store_true", help="mutants of the source, and not of the netlist"
    )
    parser.add_argument(
        "--count",
        metavar="N",
        help="mutants per draw; default 120, of large ones 40, of the source 50",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike mutate``."""
    from goldspike.cosim.bench.circuits import choose_config, circuits, load_bench
    from goldspike.signoff.behaviour import note_run
    from goldspike.signoff.mutation import COUNT
    from goldspike.signoff.source_mutation import SOURCE_COUNT

    seed = chosen_seed(arguments)
    enough = SOURCE_COUNT if arguments.source else COUNT
    asked = whole(arguments.count, "The number of mutants", 1, MOST_MUTANTS)
    for circuit in arguments.circuit or circuits(None if arguments.source else "tick"):
        bench = load_bench(circuit)
        if not (bench.clocked or arguments.source):
            raise InputError(f"{circuit} has no clock; only its source has mutants (--source).")
        chosen = bench.checks.mutants or (bench.checks.gates,)
        chosen = chosen[:1] if arguments.source else chosen
        results = {}
        for name in (arguments.config,) if arguments.config else chosen:
            begin = time.monotonic()
            config = choose_config(bench, name)
            with waiting(f"{circuit}, {config}, up to {asked or enough} mutants per draw"):
                found = judge(bench, config, asked, seed, source=arguments.source)
            results[config] = found
            tell(circuit, config, found, time.monotonic() - begin)
        total = {
            verdict: sum(found[verdict] for found in results.values())
            for verdict in ("killed", "survived", "equivalent")
        }
        fewer = asked and asked < enough  # which make no score
        if any(total.values()) and not (fewer or arguments.config):
            column = "source mutants" if arguments.source else "netlist mutants"
            drawn = min(found.get("count", enough) for found in results.values())
            note_run(circuit, column, {**total, "count": drawn, "seed": seed, "configs": results})
    return 0


def judge(
    bench: "type[Bench]", config: str, count: int | None, seed: int, *, source: bool
) -> dict[str, Any]:
    """Return what became of a circuit's mutants."""
    from goldspike.model.paths import BUILD
    from goldspike.signoff.mutation import score
    from goldspike.signoff.source_mutation import SOURCE_COUNT, source_score

    folder = BUILD / "mutants" / bench.circuit.replace("/", "_") / config
    if source:
        folder /= "source"
        number = count or SOURCE_COUNT
        return source_score(bench, config, folder, count=number, seed=seed, steps=bench.steps)
    return score(bench, config, folder, count=count, seed=seed, steps=bench.steps)


def tell(circuit: str, config: str, found: Mapping[str, Any], seconds: float) -> None:
    """Print the score, of each draw too if there are several, and what survived."""
    from goldspike.signoff.status import shown_mutants

    said = f"{shown_mutants(found)} killed, {found['equivalent']} equivalent"
    if "draws" in found:
        draws = (shown_mutants(draw).partition(" (")[0] for draw in found["draws"].values())
        said += f"; by draw: {', '.join(draws)}"
    print(f"  {circuit:<30} {config:<18} {said} ({seconds:.0f} s)", flush=True)
    for survivor in found["survivors"][:SHOWN]:
        print(f"      {survivor}")
