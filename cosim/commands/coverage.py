"""``goldspike coverage``."""

import argparse
import os
import time

from cosim.commands.common import Commands, chosen_seed

__all__ = ["add", "run"]

SHOWN = 12


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("coverage", help="what the benches exercise of the circuits")
    parser.add_argument("circuit", nargs="*", metavar="CIRCUIT", help="default: all")
    parser.add_argument("--config", help="one configuration; default: all of the bench together")
    parser.add_argument("--seed", metavar="N", help="seed of the stimulus; default 1")
    parser.add_argument(
        "--page", action="store_true", help="run nothing; put the page together from earlier runs"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike coverage``."""
    from cosim.circuits import choose_config, circuits, load_bench
    from cosim.coverage.judge import GOALS, judge, keep, kept, needless, summary
    from cosim.coverage.measure import measure
    from cosim.coverage.page import write_page
    from cosim.signoff import note

    seed = chosen_seed(arguments)
    missed = 0
    for circuit in [] if arguments.page else arguments.circuit or circuits():
        bench = load_bench(circuit)
        begin = time.monotonic()
        one = arguments.config and choose_config(bench, arguments.config)
        coverage = measure(bench, [one] if one else bench.configs, seed=seed)
        shares = judge(circuit, coverage)
        took = time.monotonic() - begin
        print(f"  {circuit:<30} {summary(shares)} ({took:.0f} s)", flush=True)
        for kind, share in shares.items():
            shown = share.missed[:SHOWN] + ["..."] * (len(share.missed) > SHOWN)
            if shown:
                print(f"      {kind} not covered: {', '.join(shown)}")
            missed += share.percent < GOALS[kind]
        if not one:
            for exclusion in needless(circuit, coverage):
                missed += 1
                print(f"      excluded, but covered or not there: {exclusion.what.strip()!r}")
            keep(circuit, coverage)
            note(circuit, "coverage", {"summary": summary(shares)})
    print(f"  page: {os.path.relpath(write_page(kept()))}")
    return 1 if missed else 0
