"""``goldspike mutate``."""

import argparse
import time

from goldspike.commands.common import Commands, chosen_seed, whole

__all__ = ["add", "run"]

CONFIGS = {
    "alwayson/neuron_fsm": ("hidden-5",),
    "alwayson/wakeup": ("published",),
    "imc/crossbar": ("12x2",),
    "imc/dataflow_controller": ("3x3",),
    "imc/digital_processor": ("signed",),
    "imc/fully_connected": ("5-3",),
    "imc/input_memory": ("5x5",),
    "imc/link": ("fork",),
    "imc/output_memory": ("3x5",),
    "imc/pooling": ("5x4",),
    "timing/clock_gate": ("7",),
    "timing/delay_cell": ("7x2",),
    "timing/edge_detector": ("7",),
    "timing/oscillator": ("synapse-divided",),
    "timing/power_gate": ("ordered",),
    "mubrain/aer_input": ("7",),
    "mubrain/aer_output": ("7-fast",),
    "mubrain/arbiter": ("round_robin-16", "linear-16"),
    "mubrain/leak": ("odd",),
    "mubrain/multi_phase_oscillator": ("uneven",),
    "mubrain/neuron": ("published",),
    "mubrain/readout": ("3-narrow",),
    "mubrain/sparse_memory": ("7-15",),
    "mubrain/weight_memory": ("registers-7x3",),
}
"""The leaf circuits, and which of their configurations are mutated."""

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
    from goldspike.cosim.bench.circuits import choose_config, load_bench
    from goldspike.model.paths import BUILD
    from goldspike.signoff.mutation import score
    from goldspike.signoff.status import note

    seed = chosen_seed(arguments)
    count = whole(arguments.count, "The number of mutants") or 120
    for circuit in arguments.circuit or CONFIGS:
        bench = load_bench(circuit)
        chosen = (arguments.config,) if arguments.config else CONFIGS.get(circuit, (None,))
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
