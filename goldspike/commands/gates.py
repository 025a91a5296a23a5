"""``goldspike gates``."""

import argparse
import time

from goldspike.commands.common import Commands, chosen_seed

__all__ = ["add", "run"]

SMALL = {
    "mubrain/aer_input": "65",
    "mubrain/arbiter": "round_robin-16",
    "mubrain/weight_memory": "registers-16x10",
    "mubrain/layer": "registers-7x3-linear",
    "mubrain/chip": "5-4-3",
    "alwayson/neuron_block": "hidden-1",
    "imc/crossbar": "one",
    "imc/digital_processor": "signed",
    "imc/fully_connected": "3-2",
    "imc/input_memory": "stride-2",
    "imc/core": "figure-8",
    "imc/chain": "parallel",
}
"""Where the published configuration is large."""

COMPARED = {
    "imc/digital_processor": "channels=1,sum_bits=4,word_bits=8,shift=0,gain=0,relu=False",
    "imc/input_memory": (
        "layer.height=8,layer.width=8,layer.channels=1,layer.kernel=2,layer.stride=3,"
        "layer.padding=0,word_bits=8,depth=16"
    ),
    "imc/output_memory": "words=4,pixels=2,word_bits=8",
    "imc/pooling": "one",
    "imc/dataflow_controller ice40": "memory.layer.padding=0",
}
"""What is held against its RTL, where that is smaller still: no wide products, few registers, and
on iCE40 no pointer that starts elsewhere than at 0: it is kept inverted and without its name."""

ASSEMBLED = (
    "mubrain/layer", "mubrain/recurrent_layer", "mubrain/chip",
    "alwayson/neuron", "alwayson/neuron_block", "imc/core", "imc/chain",
)  # fmt: skip
"""Circuits made of others: run on their benches, but not held against their RTL formally."""


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("gates", help="run benches on ECP5 and iCE40 netlists")
    parser.add_argument("circuit", nargs="*", metavar="CIRCUIT", help="default: all")
    parser.add_argument("--config", help="one configuration (see goldspike list CIRCUIT)")
    parser.add_argument("--seed", metavar="N", help="seed of the stimulus; default 1")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike gates``."""
    from goldspike.cosim.bench.circuits import choose_config, circuits, load_bench
    from goldspike.cosim.bench.scoreboard import LockstepError
    from goldspike.model.paths import BUILD
    from goldspike.signoff.gates import TARGETS, equals_rtl, run_gates
    from goldspike.signoff.status import note

    seed = chosen_seed(arguments)
    failed = 0
    for circuit in arguments.circuit or circuits("tick"):
        bench = load_bench(circuit)
        config = choose_config(bench, arguments.config or SMALL.get(circuit))
        outcomes = {}
        for target in TARGETS:
            begin = time.monotonic()
            folder = BUILD / "gates" / circuit.replace("/", "_") / target
            try:
                count = run_gates(bench, config, target, folder, seed=seed, steps=bench.steps)
                outcome = f"{count} records equal"
                if circuit not in ASSEMBLED:
                    named = COMPARED.get(f"{circuit} {target}")
                    small = bench(named or COMPARED.get(circuit, config))
                    equals_rtl(small.make(), target, folder / "registers")
                    outcome += ", equals the RTL"
            except (LockstepError, RuntimeError) as error:
                failed += 1
                outcome = f"FAILED: {error}"
            outcomes[target] = outcome.splitlines()[0]
            took = time.monotonic() - begin
            said = outcomes[target]
            print(f"  {circuit:<30} {config:<20} {target:<6} {said} ({took:.0f} s)", flush=True)
        good = [target for target, outcome in outcomes.items() if "FAILED" not in outcome]
        proved = all("equals" in outcome for outcome in outcomes.values())
        summary = ", ".join(good) + (", equal to RTL" if proved else "")
        note(circuit, "gates", {"summary": summary or "fails", "config": config, **outcomes})
    return 1 if failed else 0
