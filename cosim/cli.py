"""The command line: ``goldspike``."""

import argparse
import os
import sys
from pathlib import Path

from model.errors import InputError

__all__ = ["main"]

CHIPS = ("mubrain",)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return 0, 1 if a check failed, or 2 on bad input."""
    arguments = parser().parse_args(argv)
    try:
        return arguments.run(arguments)
    except InputError as error:
        print(f"goldspike: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # somebody reads no further, such as head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("goldspike: interrupted", file=sys.stderr)
        return 130


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Report a wrong argument and end with exit code 2."""
        print(f"{self.prog}: {message}; see {self.prog} --help.", file=sys.stderr)
        raise SystemExit(2)


def parser() -> Parser:
    """Return the parser of all commands."""
    top = Parser(prog="goldspike", description="Simulate published neuromorphic chips.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    sim = commands.add_parser("sim", help="run a network on a chip")
    sim.add_argument("chip", metavar="CHIP", help=f"one of {', '.join(CHIPS)}")
    sim.add_argument("--net", metavar="FILE", help="network (.npz); default: the shipped digits")
    sim.add_argument("--data", metavar="PATH", help="folder of IDX files, or .npz with x, y")
    sim.add_argument("--engine", default="model", help="model (default) or rtl")
    sim.add_argument("--samples", metavar="N", help="how many samples from the start")
    sim.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], dest="assignments",
        help="override a setting; may be repeated",
    )  # fmt: skip
    sim.add_argument("--json", metavar="FILE", help="report; default build/sim/CHIP.json")
    sim.set_defaults(run=run_sim)

    names = commands.add_parser("list", help="chips, circuits, networks")
    names.add_argument("circuit", nargs="*", metavar="CIRCUIT", help="its configurations")
    names.set_defaults(run=run_list)

    verify = commands.add_parser("verify", help="run circuits in lockstep with their models")
    verify.add_argument("circuit", nargs="*", metavar="CIRCUIT", help="default: all")
    verify.add_argument("--config", help="one configuration (see goldspike list CIRCUIT)")
    verify.add_argument("--seed", metavar="N", help="seed of the stimulus; default 1")
    verify.add_argument("--steps", metavar="N", help="length of a run; default: the bench's own")
    verify.set_defaults(run=run_verify)

    verilog = commands.add_parser("verilog", help="write Verilog and a map of its signals")
    verilog.add_argument("circuit", nargs="*", metavar="CIRCUIT", help="default: all")
    verilog.add_argument("--config", help="one configuration (see goldspike list CIRCUIT)")
    verilog.add_argument("--realisation", default="tick", help="tick")
    verilog.add_argument("-o", "--out", metavar="DIR", help="default build/verilog")
    verilog.set_defaults(run=run_verilog)
    return top


def whole(text: str | None, what: str) -> int | None:
    """Read a whole number that was given, or pass on that none was."""
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise InputError(f"{what} must be a whole number, not {text!r}.") from None


def run_sim(arguments: argparse.Namespace) -> int:
    """``goldspike sim``."""
    if arguments.chip not in CHIPS:
        raise InputError(f"{arguments.chip!r} is no chip; known are {', '.join(CHIPS)}.")
    from cosim.mubrain.simulate import simulate, table

    report = simulate(
        net=arguments.net,
        data=arguments.data,
        engine=arguments.engine,
        samples=whole(arguments.samples, "The number of samples"),
        assignments=arguments.assignments,
        out=Path(arguments.json) if arguments.json else None,
    )
    print(table(report))
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    """``goldspike list``."""
    from cosim.circuits import ROOT, circuits, load_bench

    if arguments.circuit:
        for circuit in arguments.circuit:
            print(circuit, *load_bench(circuit).configs, sep="\n  ")
        return 0
    print("chips", *CHIPS, sep="\n  ")
    print("circuits", *circuits(), sep="\n  ")
    nets = sorted(path.relative_to(ROOT) for path in (ROOT / "nets").glob("*.npz"))
    print("networks", *nets, sep="\n  ")
    return 0


def run_verify(arguments: argparse.Namespace) -> int:
    """``goldspike verify``."""
    from cosim.circuits import choose_config, circuits, load_bench
    from cosim.runner import default_seed, run_bench
    from cosim.scoreboard import LockstepError

    seed = whole(arguments.seed, "The seed")
    steps = whole(arguments.steps, "The number of steps")
    for name, value, least in (("seed", seed, 0), ("number of steps", steps, 1)):
        if value is not None and value < least:
            raise InputError(f"The {name} must be at least {least}, not {value}.")
    failed = 0
    seed = default_seed() if seed is None else seed
    for circuit in arguments.circuit or circuits():
        bench = load_bench(circuit)
        configs = [choose_config(bench, arguments.config)] if arguments.config else bench.configs
        for config in configs:
            try:
                result = run_bench(bench, config, seed=seed, steps=steps)
                outcome = f"{result.compared} records equal in {result.ticks} ticks"
            except LockstepError as error:
                failed += 1
                outcome = f"FAILED: {error}"
            print(f"  {circuit:<30} {config:<24} seed {seed}  {outcome}", flush=True)
    return 1 if failed else 0


def run_verilog(arguments: argparse.Namespace) -> int:
    """``goldspike verilog``."""
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
        component = bench.rtl(bench.configs[config])
        path = folder / f"{module_name(component)}.v"
        text = to_verilog(component)
        write_atomically(path, lambda stream, text=text: stream.write(text.encode()))
        signals = signal_map(bench.rtl(bench.configs[config]), text)
        write_json(path.with_suffix(".json"), {"config": config, "signals": signals})
        print(f"{path} ({config})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
