"""``goldspike prove``."""

import argparse
import time

from goldspike.commands.common import Commands, add_circuits, whole
from goldspike.model.errors import InputError
from goldspike.progress import waiting

__all__ = ["add", "run"]

LONGEST = 7 * 24 * 3600


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("prove", help="prove properties of circuits, by two solvers")
    add_circuits(parser, config="one configuration; default: all of the proof's own", seed="")
    parser.add_argument("--quick", action="store_true", help="only what takes seconds")
    parser.add_argument("--timeout", metavar="S", help="seconds per question; default 900")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike prove``."""
    from goldspike.model.paths import BUILD
    from goldspike.proofs.check import TIMEOUT, prove
    from goldspike.proofs.circuits import load_proof, proved_circuits
    from goldspike.signoff.behaviour import note_run

    timeout = float(whole(arguments.timeout, "The timeout", 1, LONGEST) or TIMEOUT)
    failed = 0
    for circuit in arguments.circuit or proved_circuits():
        proof = load_proof(circuit)
        configs = proof.quick if arguments.quick else tuple(proof.configs)
        if arguments.config:
            if arguments.config not in proof.configs:
                raise InputError(
                    f"unknown configuration {arguments.config!r} of the proof of {circuit}; "
                    f"choose from {', '.join(proof.configs)}."
                )
            configs = (arguments.config,)
        outcomes: dict[str, str] = {}
        claims = 0
        for config in configs:
            begin = time.monotonic()
            folder = BUILD / "proofs" / circuit.replace("/", "_") / config
            built = proof(config)
            with waiting(f"{circuit}, {config}"):
                covers = config in proof.quick
                checks = list(prove(built, folder, covers=covers, timeout=timeout))
            bad = [check for check in checks if not check.passed]
            outcome = "proved"
            if bad:
                outcome = "undecided" if all(check.undecided for check in bad) else "FAILED"
                failed += 1
            outcomes[config] = outcome
            said = "".join(f"; {check}" for check in bad)
            claims = max(claims, len(built.names("holds", "leaves")))
            print(
                f"  {circuit:<30} {config:<20} {claims} properties {outcome} in "
                f"{time.monotonic() - begin:.0f} s{said}",
                flush=True,
            )
            if not (arguments.config or arguments.quick):  # a run that is broken off keeps these
                found = {name: outcomes.get(name, "not run") for name in configs}
                note_run(circuit, "proofs", {"properties": claims, "configs": found})
    return 1 if failed else 0
