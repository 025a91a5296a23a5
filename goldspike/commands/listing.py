"""``goldspike list``."""

import argparse

from goldspike.chip import Chip
from goldspike.chips import chip_names, load_chip
from goldspike.commands.common import Commands

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("list", help="chips, circuits, networks")
    parser.add_argument(
        "name", nargs="*", metavar="NAME", help="a chip's settings, a circuit's configurations"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike list``."""
    from goldspike.model.paths import ROOT

    for name in arguments.name:
        if name in chip_names():
            print(chip_text(load_chip(name)))
            continue
        from goldspike.cosim.bench.circuits import load_bench

        bench = load_bench(name)
        print(name, *bench.configs, *bench.large, sep="\n  ")
    if arguments.name:
        return 0
    from goldspike.cosim.bench.circuits import circuits, sentence_of

    chips = {chip.name: f"{chip.title}: {chip.sentence}" for chip in map(load_chip, chip_names())}
    for title, named in (("chips", chips), ("circuits", {c: sentence_of(c) for c in circuits()})):
        print(title)
        width = max(map(len, named))
        for name, sentence in named.items():
            print(f"  {name:<{width}}  {sentence}".rstrip())
    nets = sorted(path.relative_to(ROOT) for path in (ROOT / "nets").glob("*.npz"))
    print("networks", *nets, sep="\n  ")
    return 0


def chip_text(chip: Chip) -> str:
    """Return all that can be said of a chip without running it."""
    lines = [f"{chip.name}: {chip.title}, {chip.sentence}"]
    lines += ["configurations", *(f"  {name}" for name in chip.configurations)]
    if chip.workloads:
        lines += ["workloads", *(f"  {name}" for name in chip.workloads)]
    kinds = [kind() for kind in chip.workloads.values()] or [chip]
    groups = {
        f"{title}, {kind.workload}" if kind.workload else title: settings
        for kind in kinds
        for title, settings in kind.all_settings.items()
    }
    for title, settings in groups.items():
        width = max(len(name) for name in settings)
        lines.append(title)
        lines += [
            f"  {name:<{width}}  {setting.help} (default {setting.default})"
            for name, setting in settings.items()
        ]
    lines += ["reports", *(f"  {chip.name}-{name}" for name in chip.reports)]
    return "\n".join(line for line in lines)
