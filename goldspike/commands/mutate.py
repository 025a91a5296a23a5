"""``goldspike mutate``."""

import argparse
import time

from goldspike.commands.common import Commands, chosen_seed, whole

__all__ = ["add", "run"]

SHOWN = 20


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("mutate", help="how many wrong cells the benches notice")
    parser.add_argument("circuit", nargs="*", metavar="CIRCUIT", help="default: leaf circuits")
    parser.add_argument("--config", help="one configuration (see goldspike list CIRCUIT)")
    parser.add_argument("--seed", metavar="N", help="seed of the stimulus; default 1")
    parser.add_argument("--count", metavar="N", help="mutants per circuit; default 120")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike mutate``."""
    from goldspike.cosim.bench.circuits import choose_config, circuits, load_bench
    from goldspike.model.paths import BUILD
    from goldspike.signoff.mutation import score
    from goldspike.signoff.status import note

    seed = chosen_seed(arguments)
    count = whole(arguments.count, "The number of mutants") or 120
    leaves = (name for name in circuits("tick") if not load_bench(name).checks.assembled)
    for circuit in arguments.circuit or leaves:
        bench = load_bench(circuit)
        chosen = (arguments.config,) if arguments.config else bench.checks.mutants or (None,)
        results = {}
        for name in chosen:
            begin = time.monotonic()
            config = choose_config(bench, name)
            folder = BUILD / "mutants" / circuit.replace("/", "_") / config
            found = score(bench, config, folder, count=count, seed=seed, steps=bench.steps)
            results[config] = found
            print(
                f"  {circuit:<30} {config:<18} {100 * found['score']:.1f} % killed: "
                f"{found['killed']} of {found['killed'] + found['survived']}, "
                f"{found['equivalent']} equivalent ({time.monotonic() - begin:.0f} s)",
                flush=True,
            )
            for survivor in found["survivors"][:SHOWN]:
                print(f"      survived: {survivor['what']}")
        killed = sum(found["killed"] for found in results.values())
        real = killed + sum(found["survived"] for found in results.values())
        summary = f"{100 * killed / max(1, real):.1f} % of {real}"
        note(circuit, "mutants", {"summary": summary, "configs": results})
    return 0
