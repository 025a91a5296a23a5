"""``goldspike gates``."""

import argparse
import time

from goldspike.commands.common import Commands, add_circuits, chosen_seed
from goldspike.model.errors import InputError
from goldspike.progress import waiting

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("gates", help="run benches on ECP5 and iCE40 netlists")
    add_circuits(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike gates``."""
    from goldspike.cosim.bench.circuits import choose_config, circuits, load_bench
    from goldspike.cosim.bench.scoreboard import LockstepError
    from goldspike.model.paths import BUILD
    from goldspike.signoff.behaviour import note_run
    from goldspike.signoff.gates import TARGETS, equals_rtl, run_gates

    seed = chosen_seed(arguments)
    failed = 0
    for circuit in arguments.circuit or circuits("tick"):
        bench = load_bench(circuit)
        if not bench.clocked:
            raise InputError(f"{circuit} has no clock; it is for ASIC flows, and not for FPGAs.")
        config = choose_config(bench, arguments.config or bench.checks.gates)
        outcomes: dict[str, str] = {}
        equal: dict[str, str] = {}
        for target in TARGETS:
            begin = time.monotonic()
            folder = BUILD / "gates" / circuit.replace("/", "_") / target
            try:
                with waiting(f"{circuit}, {config}, {target}"):
                    count = run_gates(bench, config, target, folder, seed=seed, steps=bench.steps)
                outcome = f"{count} records equal"
                if not bench.checks.assembled:
                    smaller = bench.checks.compared_on.get(target, bench.checks.compared)
                    size = smaller or config
                    with waiting(f"{circuit}, {size}, {target} and RTL"):
                        equals_rtl(bench(size).make(), target, folder / "registers")
                    equal[target] = size
                    outcome += f", equals the RTL at {size}"
            except (LockstepError, RuntimeError) as error:
                failed += 1
                outcome = f"FAILED: {error}"
            outcomes[target] = outcome.splitlines()[0]
            took = time.monotonic() - begin
            said = outcomes[target]
            print(f"  {circuit:<30} {config:<20} {target:<6} {said} ({took:.0f} s)", flush=True)
        good = [target for target, outcome in outcomes.items() if "FAILED" not in outcome]
        if not arguments.config:
            found = {"targets": good, "equal": equal, "config": config, "seed": seed}
            note_run(
                circuit, "gates", {**found, "published": bench.published, "outcomes": outcomes}
            )
    return 1 if failed else 0
