"""``goldspike coverage``."""

import argparse
import os
from typing import TYPE_CHECKING

from goldspike.commands.common import Commands, add_circuits, chosen_seed
from goldspike.model.errors import InputError
from goldspike.progress import waiting

if TYPE_CHECKING:
    from goldspike.signoff.coverage.measure import Coverage

__all__ = ["add", "run"]

SHOWN = 12


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("coverage", help="what the benches exercise of the circuits")
    add_circuits(parser, config="one configuration; default: all of the bench together")
    parser.add_argument("--page", action="store_true", help="run nothing; show earlier runs again")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike coverage``."""
    from goldspike.cosim.bench.circuits import choose_config, circuits, load_bench
    from goldspike.signoff.coverage.goals import kept
    from goldspike.signoff.coverage.measure import measure
    from goldspike.signoff.coverage.page import write_page

    seed = chosen_seed(arguments)
    for name in ("circuit", "config", "seed"):
        if arguments.page and getattr(arguments, name):
            raise InputError(f"--page runs nothing, so it takes no {name}.")
    missed = 0
    if arguments.page:
        for circuit, coverage in kept().items():
            missed += tell(circuit, coverage, whole=True)
    for circuit in [] if arguments.page else arguments.circuit or circuits():
        bench = load_bench(circuit)
        one = arguments.config and choose_config(bench, arguments.config)
        left_out = bench.checks.slow if bench.checks.assembled else ()
        configs = [one] if one else [name for name in bench.configs if name not in left_out]
        with waiting(circuit):
            coverage = measure(bench, configs, seed=seed)
        missed += tell(circuit, coverage, whole=not one)
    print(f"  page: {os.path.relpath(write_page(kept()))}")
    return 1 if missed else 0


def tell(circuit: str, coverage: "Coverage", *, whole: bool) -> int:
    """Print what was covered, keep it if of the whole bench; return how many goals it misses."""
    from goldspike.signoff.behaviour import note_run
    from goldspike.signoff.coverage.goals import GOALS, keep, needless, percents, shares_of, summary

    shares = shares_of(circuit, coverage)
    print(f"  {circuit:<35} {summary(shares)}", flush=True)
    missed = 0
    for kind, share in shares.items():
        shown = share.missed[:SHOWN] + ["..."] * (len(share.missed) > SHOWN)
        if shown:
            print(f"      {kind} not covered: {', '.join(shown)}")
        missed += share.percent < GOALS[kind]
    if whole:
        for exclusion in needless(circuit, coverage):
            missed += 1
            print(f"      excluded, but covered or not there: {exclusion.what.strip()!r}")
        keep(circuit, coverage)
        note_run(circuit, "coverage", {"shares": percents(shares)})
    return missed
