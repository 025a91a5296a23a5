"""``goldspike verify``."""

import argparse

from goldspike.commands.common import Commands, add_circuits, chosen_seed, whole
from goldspike.model.errors import InputError
from goldspike.progress import waiting

__all__ = ["add", "run"]

MOST_RANDOM = 1_000_000


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("verify", help="run circuits in lockstep with their models")
    add_circuits(
        parser,
        config="one configuration (see goldspike list CIRCUIT), or changes of the published one, "
        "such as inputs=5,policy=linear",
    )
    parser.add_argument("--steps", metavar="N", help="length of a run; default: the bench's own")
    parser.add_argument("--driver", help="cocotb (default) or arrays")
    parser.add_argument(
        "--random", metavar="N", help="N configurations and stimuli drawn at random, per circuit"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike verify``."""
    from goldspike.cosim.bench.circuits import check_steps, choose_config, circuits, load_bench
    from goldspike.cosim.bench.scoreboard import LockstepError
    from goldspike.cosim.lockstep.runner import run_bench

    if arguments.driver not in (None, "cocotb", "arrays"):
        raise InputError(f"Unknown driver {arguments.driver!r}; choose from cocotb, arrays.")
    seed = chosen_seed(arguments)
    if arguments.random is not None:
        return run_random(arguments, seed)
    driver = arguments.driver or "cocotb"
    steps = whole(arguments.steps, "The number of steps")
    failed = 0
    for circuit in arguments.circuit or circuits():
        bench = load_bench(circuit)
        check_steps(bench, steps)
        configs = [choose_config(bench, arguments.config)] if arguments.config else bench.configs
        for config in configs:
            try:
                with waiting(f"{circuit}, {config}"):
                    result = run_bench(bench, config, seed=seed, steps=steps, driver=driver)
                outcome = f"{result.compared} records equal in {result.ticks} ticks"
            except LockstepError as error:
                failed += 1
                outcome = f"FAILED: {error}"
            print(f"  {circuit:<30} {config:<24} seed {seed}  {outcome}", flush=True)
    return 1 if failed else 0


def run_random(arguments: argparse.Namespace, seed: int) -> int:
    """Run random configurations of circuits."""
    from goldspike.cosim.bench.circuits import circuits, load_bench
    from goldspike.cosim.bench.scoreboard import LockstepError
    from goldspike.signoff.random_configs import explore

    count = whole(arguments.random, "The number of random configurations", 1, MOST_RANDOM) or 1
    for name in ("config", "steps"):
        if getattr(arguments, name) is not None:
            raise InputError(
                f"--random draws what --{name} would say; only one of them can be given."
            )
    if arguments.driver == "cocotb":
        raise InputError("--random drives circuits from arrays, not by cocotb.")
    failed = 0
    for circuit in arguments.circuit or circuits():
        bench = load_bench(circuit)
        try:
            with waiting(f"{circuit}, {count} random configurations"):
                outcome = f"{explore(bench, count, seed=seed)} records equal"
        except LockstepError as error:
            failed += 1
            outcome = f"FAILED: {error}"
        print(f"  {circuit:<30} {count} random configurations, seed {seed}  {outcome}", flush=True)
    return 1 if failed else 0
