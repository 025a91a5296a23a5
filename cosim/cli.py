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
    sim.add_argument("--engine", default="model", help="model (default), rtl or lockstep")
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
    verify.add_argument("--engine", default="cocotb", help="cocotb (default) or batch")
    verify.set_defaults(run=run_verify)

    verilog = commands.add_parser("verilog", help="write Verilog and a map of its signals")
    verilog.add_argument("circuit", nargs="*", metavar="CIRCUIT", help="default: all")
    verilog.add_argument("--config", help="one configuration (see goldspike list CIRCUIT)")
    verilog.add_argument("--realisation", default="tick", help="tick")
    verilog.add_argument("-o", "--out", metavar="DIR", help="default build/verilog")
    verilog.set_defaults(run=run_verilog)

    vectors = commands.add_parser("vectors", help="write Verilog with a testbench and its vectors")
    vectors.add_argument("circuit", nargs="*", metavar="CIRCUIT", help="default: all")
    vectors.add_argument("--config", help="one configuration (see goldspike list CIRCUIT)")
    vectors.add_argument("--seed", metavar="N", help="seed of the stimulus; default 1")
    vectors.add_argument("--steps", metavar="N", help="length of a run; default: the bench's own")
    vectors.add_argument("-o", "--out", metavar="DIR", help="default build/vectors")
    vectors.set_defaults(run=run_vectors)

    waves = commands.add_parser("waves", help="waveforms of a circuit's scenario, and a diagram")
    waves.add_argument("circuit", nargs="*", metavar="CIRCUIT", help="default: all")
    waves.add_argument("--config", help="one configuration (see goldspike list CIRCUIT)")
    waves.add_argument("--seed", metavar="N", help="seed of a scenario that is drawn; default 1")
    waves.add_argument("-o", "--out", metavar="DIR", help="default build/waves")
    waves.add_argument("--keep", action="store_true", help="renew the views in waveforms/ too")
    waves.set_defaults(run=run_waves)
    return top


def whole(text: str | None, what: str) -> int | None:
    """Read a whole number that was given, or pass on that none was."""
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise InputError(f"{what} must be a whole number, not {text!r}.") from None


def chosen_seed(arguments: argparse.Namespace) -> int:
    """Return the seed that was asked for, or the default."""
    from cosim.runner import default_seed

    seed = whole(arguments.seed, "The seed")
    if seed is not None and seed < 0:
        raise InputError(f"The seed must be at least 0, not {seed}.")
    return default_seed() if seed is None else seed


def run_sim(arguments: argparse.Namespace) -> int:
    """``goldspike sim``."""
    if arguments.chip not in CHIPS:
        raise InputError(f"{arguments.chip!r} is no chip; known are {', '.join(CHIPS)}.")
    from cosim.mubrain.simulate import simulate, table
    from cosim.scoreboard import LockstepError

    try:
        report = simulate(
            net=arguments.net,
            data=arguments.data,
            engine=arguments.engine,
            samples=whole(arguments.samples, "The number of samples"),
            assignments=arguments.assignments,
            out=Path(arguments.json) if arguments.json else None,
        )
    except LockstepError as error:
        print(f"goldspike: {error}", file=sys.stderr)
        return 1
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
    from cosim.circuits import check_steps, choose_config, circuits, load_bench
    from cosim.runner import run_bench
    from cosim.scoreboard import LockstepError

    if arguments.engine not in ("cocotb", "batch"):
        raise InputError(f"{arguments.engine!r} is no engine; known are cocotb, batch.")
    seed = chosen_seed(arguments)
    steps = whole(arguments.steps, "The number of steps")
    failed = 0
    for circuit in arguments.circuit or circuits():
        bench = load_bench(circuit)
        check_steps(bench, steps)
        configs = [choose_config(bench, arguments.config)] if arguments.config else bench.configs
        for config in configs:
            try:
                result = run_bench(bench, config, seed=seed, steps=steps, engine=arguments.engine)
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


def run_waves(arguments: argparse.Namespace) -> int:
    """``goldspike waves``."""
    from cosim.circuits import choose_config, circuits, load_bench
    from cosim.verilator import BUILD
    from cosim.waves.make import keep_views, write_all

    seed = whole(arguments.seed, "The seed")
    if seed is not None and seed < 0:
        raise InputError(f"The seed must be at least 0, not {seed}.")
    if arguments.keep and (arguments.config or seed is not None):
        raise InputError("Views are kept of the default configuration and seed only.")
    folder = Path(arguments.out) if arguments.out else BUILD / "waves"
    for circuit in arguments.circuit or circuits():
        bench = load_bench(circuit)
        config = choose_config(bench, arguments.config or bench.shown)
        paths = write_all(bench, config, 1 if seed is None else seed, folder)
        print(*paths, sep="\n", flush=True)
        if arguments.keep:
            print(*keep_views(bench, paths), sep="\n", flush=True)
    return 0


def run_vectors(arguments: argparse.Namespace) -> int:
    """``goldspike vectors``."""
    from cosim.circuits import check_steps, choose_config, circuits, load_bench
    from cosim.vectors import write_vectors
    from cosim.verilator import BUILD

    seed = chosen_seed(arguments)
    steps = whole(arguments.steps, "The number of steps")
    for circuit in arguments.circuit or circuits():
        bench = load_bench(circuit)
        check_steps(bench, steps)
        config = choose_config(bench, arguments.config)
        folder = Path(arguments.out or BUILD / "vectors") / circuit.replace("/", "_")
        count = write_vectors(bench, config, seed=seed, steps=steps or bench.steps, folder=folder)
        print(f"{folder} ({config}): {count} records", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
