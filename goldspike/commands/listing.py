"""``goldspike list``."""

import argparse
from collections.abc import Sequence
from textwrap import fill, indent

from goldspike.chip import Chip
from goldspike.chips import chip_names, load_chip
from goldspike.commands.common import Commands
from goldspike.workloads.settings import Settings

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


def groups(chip: Chip) -> dict[str, Settings]:
    """Return a chip's settings by their titles, those of every workload."""
    kinds = [kind() for kind in chip.workloads.values()] or [chip]
    return {
        f"{title}, {kind.workload}" if kind.workload else title: settings
        for kind in kinds
        for title, settings in kind.all_settings.items()
    }


def settings_lines(settings: Settings) -> list[str]:
    """Return a line per setting."""
    width = max(len(name) for name in settings)
    return [
        f"  {name:<{width}}  {setting.help} (default {setting.default})"
        for name, setting in settings.items()
    ]


def help_text(words: Sequence[str], *, trainer: bool) -> str:
    """Return what ``--set`` may change: of the chip among `words`, else the names of all chips'."""
    named = [name for name in chip_names() if name in words]
    lines: list[str] = []
    for chip in map(load_chip, named or chip_names()):
        for title, settings in groups(chip).items():
            if ("trainer" in title) != trainer:
                continue
            lines.append(f"{chip.name}, {title}:")
            if named:
                lines += settings_lines(settings)
            else:
                lines += indent(fill(", ".join(settings), 76), "  ").splitlines()
    return "\n".join(lines)


def chip_text(chip: Chip) -> str:
    """Return all that can be said of a chip without running it."""
    lines = [f"{chip.name}: {chip.title}, {chip.sentence}"]
    lines += ["configurations", *(f"  {name}" for name in chip.configurations)]
    if chip.workloads:
        lines += ["workloads", *(f"  {name}" for name in chip.workloads)]
    for title, settings in groups(chip).items():
        lines += [title, *settings_lines(settings)]
    lines += ["reports", *(f"  {chip.name}-{name}" for name in chip.reports)]
    return "\n".join(line for line in lines)
