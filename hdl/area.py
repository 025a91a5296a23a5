"""How large a circuit is on an FPGA: cells after synthesis for an ECP5."""

import json
from dataclasses import dataclass
from pathlib import Path

from amaranth.lib import wiring

from goldspike.hdl.verilog import to_rtlil
from goldspike.hdl.yosys import run_yosys

__all__ = ["Area", "area", "cells", "gates", "yosys"]


def yosys(component: wiring.Component, commands: str, folder: Path) -> str:
    """Run yosys `commands` on a circuit; return what it printed. The top module is ``top``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "design.il").write_text(to_rtlil(component, "top"))
    return run_yosys(f"read_rtlil design.il\nhierarchy -top top\n{commands}\n", folder)


@dataclass(frozen=True)
class Area:
    """Cells after synthesis: 4-input LUTs (a carry cell counts as two) and flip-flops."""

    luts: int
    flip_flops: int


def area(component: wiring.Component, folder: Path) -> Area:
    """Synthesise a circuit for the ECP5 and count its cells."""
    found = cells(component, "synth_ecp5 -top top", folder)
    luts = found.get("LUT4", 0) + 2 * found.get("CCU2C", 0)
    return Area(luts, found.get("TRELLIS_FF", 0))


def gates(component: wiring.Component, folder: Path) -> int:
    """Count the gates of a circuit as inverters, NANDs and NORs of two inputs."""
    found = cells(component, "synth -flatten -top top\nabc -g NAND,NOR\nopt_clean", folder)
    return sum(found.get(name, 0) for name in ("$_NOT_", "$_NAND_", "$_NOR_"))


def cells(component: wiring.Component, commands: str, folder: Path) -> dict[str, int]:
    """Return how many cells of each kind there are after some yosys commands."""
    yosys(component, f"{commands}\ntee -q -o stat.json stat -json", folder)
    return json.loads((folder / "stat.json").read_text())["design"]["num_cells_by_type"]
