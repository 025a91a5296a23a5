"""A wrong cell, held against the right one in no more of its circuit than it takes.

What a circuit is made of stays in the names of its flattened netlist's cells, so any of its parts
can be cut out again: what comes in from outside is an input, what is read outside an output. If all
outputs of a part are the same with the wrong cell as without, on every tick, that of reset included
and whatever comes in, then nothing else in the circuit can tell.

Many wrong cells are equal only for what does come in. So the part also stands in larger ones, its
surroundings: these are there once and hear the right form, and the wrong one is given the same.
While their outputs are the same it makes no difference which of the two is heard.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from goldspike.hdl.yosys import run_yosys
from goldspike.signoff.equivalence import AFTER, INSTANCE, Forms

__all__ = ["Parts"]

TIMEOUT = 10
"""Seconds for ``pdr`` in each view of a part: there are several, and most need less than one."""

CLOCK, RESET = "clk", "rst"
CUT, LEFT, RIGHT = "cut", "left", "right"
"""Ports of a part: all that comes in but for clock and reset, and the outputs of both forms."""

LEFTS, RIGHTS = f"{INSTANCE}0.", f"{INSTANCE}1."

PAIR, HELD = "pair", "held"

Cell = Mapping[str, Any]


class Pair(Forms):
    """A part, right and wrong, in one module: what comes in goes to both."""

    def miter(self, number: int) -> str:
        """Return in Verilog whether their outputs differ, on the tick of reset, too."""
        del number
        inputs = {name: bits for name, bits in self.ports["input"].items() if name != AFTER}
        width = self.ports["output"][LEFT]
        header = ", ".join(f"input [{bits - 1}:0] {name}" for name, bits in inputs.items())
        pins = {name: name for name in inputs}
        pins |= {RESET: f"{RESET} | ~after", LEFT: LEFT, RIGHT: RIGHT, AFTER: "after"}
        there = {**self.ports["input"], **self.ports["output"]}
        connected = ", ".join(f".{pin} ({net})" for pin, net in pins.items() if pin in there)
        return f"""
            module miter({header}, output differs);
                reg after = 0;
                always @(posedge {CLOCK}) after <= 1;
                wire [{width - 1}:0] {LEFT}, {RIGHT};
                {PAIR} both({connected});
                assign differs = {LEFT} != {RIGHT};
            endmodule
        """


class Parts:
    """The parts of a flattened circuit.

    Parameters
    ----------
    netlist : str
        File in RTLIL, in `folder`: one module, with the inputs ``clk`` and ``rst``.
    top : str
        Its name.
    """

    def __init__(self, netlist: str, top: str, folder: Path) -> None:
        self.folder = folder
        run_yosys(f"read_rtlil {netlist}\nwrite_json flat.json\n", folder)
        self.module = json.loads((folder / "flat.json").read_text())["modules"][top]
        cells = self.module["cells"].items()
        self.names = {name for name, cell in cells if cell["type"] == "$scopeinfo"}
        self.cells: dict[str, Cell] = {n: cell for n, cell in cells if n not in self.names}
        self.reads = {name: bits_of(cell, "input") for name, cell in self.cells.items()}
        self.drives = {name: bits_of(cell, "output") for name, cell in self.cells.items()}
        self.place = {name: self.named_after(name) for name in self.cells}
        self.place_others()

    def named_after(self, cell: str) -> str:
        """Return the innermost part in a name, such as ``core_0.neurons``; or "", if none."""
        path = cell.removeprefix("$flatten").replace("\\", "")
        while path and path not in self.names:
            path = path.rpartition(".")[0]
        return path

    def place_others(self) -> None:
        """Count what Yosys made of cells after flattening among the part that it serves."""
        readers: dict[int, set[str]] = {}
        drivers: dict[int, set[str]] = {}
        for side, nets in ((readers, self.reads), (drivers, self.drives)):
            for name, own in nets.items():
                for bit in own:
                    side.setdefault(bit, set()).add(name)
        for name in filter(lambda name: name.startswith("$auto$"), self.cells):
            read_by = set[str]().union(*(readers.get(bit, ()) for bit in self.drives[name]))
            driven_by = set[str]().union(*(drivers.get(bit, ()) for bit in self.reads[name]))
            found = [shared(self.place[cell] for cell in side) for side in (read_by, driven_by)]
            self.place[name] = max(found, key=len)

    def inside(self, part: str) -> set[str]:
        """Return the cells of a part; ``""`` is the circuit itself."""
        return {n for n, at in self.place.items() if not part or f"{at}.".startswith(f"{part}.")}

    def views(self, cell: str) -> Iterator[tuple[str, str]]:
        """Yield a part that a cell lies in, and what it is looked at in: the smallest first."""
        path = self.place[cell]
        steps = path.split(".") if path else []
        parts = [".".join(steps[:k]) for k in range(len(steps), 0, -1)]
        for surroundings in parts:
            yield parts[0], surroundings
            if surroundings != parts[0]:
                yield surroundings, surroundings
        if parts:
            yield parts[0], ""

    def equal(self, command: str, views: Iterable[tuple[str, str]] | None = None) -> bool:
        """Return whether what ``mutate`` makes of a cell is shown to be the same in a part."""
        words = command.split()
        module, cell, port = (words.index(option) + 1 for option in ("-module", "-cell", "-port"))
        name = words[cell].removeprefix("\\")
        words[module], words[cell] = PAIR, f"\\{RIGHTS}{name}"
        register = self.cells[name]["type"] == "$dff" and words[port] == "Q"
        if register:
            words[cell], words[port] = f"\\{HELD}", "Y"
        reads = f"read_json {PAIR}.json\n{' '.join(words)}"
        for part, surroundings in self.views(name) if views is None else views:
            module = self.pair(part, surroundings)
            if register:
                hold(module, RIGHTS + name)
            (self.folder / f"{PAIR}.json").write_text(json.dumps({"modules": {PAIR: module}}))
            pair = Pair(reads, PAIR, "", self.folder)
            if pair.compare(1, TIMEOUT).equal:
                return True
        return False

    def pair(self, part: str, surroundings: str) -> dict[str, Any]:
        """Return a module of surroundings with two copies of a part, the second one unheard."""
        twice, there = self.inside(part), self.inside(surroundings)
        ports = self.module["ports"]
        clocks = {name: ports[name]["bits"] for name in (CLOCK, RESET)}
        driven, own = self.bits(self.drives, there), self.bits(self.drives, twice)
        heard = self.bits(self.reads, self.cells.keys() - twice)
        heard |= {
            bit for port in ports.values() if port["direction"] == "output" for bit in port["bits"]
        }
        every = (bit for net in self.module["netnames"].values() for bit in net["bits"])
        first = 1 + max(bit for bit in every if isinstance(bit, int))
        copy = {bit: first + k for k, bit in enumerate(sorted(own))}

        def copied(bits: list[Any]) -> list[Any]:
            return [copy.get(bit, bit) for bit in bits]

        cells: dict[str, Any] = {n: self.cells[n] for n in there - twice}
        for name in twice:
            cell = self.cells[name]
            wires = {pin: copied(bits) for pin, bits in cell["connections"].items()}
            cells[LEFTS + name] = named(cell, LEFTS)
            cells[RIGHTS + name] = {**named(cell, RIGHTS), "connections": wires}
        nets: dict[str, Any] = {}
        for name, net in self.module["netnames"].items():
            if driven.intersection(net["bits"]):
                nets[LEFTS + name] = started(net, driven)
            if own.intersection(net["bits"]):
                nets[RIGHTS + name] = {**started(net, own), "bits": copied(net["bits"])}
        outputs = sorted(own & heard)
        cut = (
            self.bits(self.reads, there)
            - driven
            - {bit for bits in clocks.values() for bit in bits}
        )
        inputs = {**clocks, CUT: sorted(cut)}
        found = {
            **{name: {"direction": "input", "bits": bits} for name, bits in inputs.items() if bits},
            LEFT: {"direction": "output", "bits": outputs},
            RIGHT: {"direction": "output", "bits": copied(outputs)},
        }
        return {"attributes": {}, "ports": found, "cells": cells, "netnames": nets}

    @staticmethod
    def bits(nets: Mapping[str, set[int]], cells: Iterable[str]) -> set[int]:
        """Return the bits of some cells."""
        return set[int]().union(*(nets[name] for name in cells))


def bits_of(cell: Cell, direction: str) -> set[int]:
    """Return the bits at a cell's inputs or outputs, constants aside."""
    pins = (pin for pin, way in cell["port_directions"].items() if way == direction)
    return {bit for pin in pins for bit in cell["connections"][pin] if isinstance(bit, int)}


def named(cell: Cell, form: str) -> dict[str, Any]:
    """Return a cell of a form: if it is a memory, with a name of its own."""
    parameters = dict(cell["parameters"])
    if "MEMID" in parameters:
        parameters["MEMID"] = f"\\{form}{parameters['MEMID'].removeprefix(chr(92))}"
    return {**cell, "parameters": parameters}


def hold(module: dict[str, Any], register: str) -> None:
    """Put a cell behind a register, to be made wrong in its place.

    What is wrong with a register takes its name, and with it the value that it starts with.
    """
    nets, cells = module["netnames"], module["cells"]
    wires = cells[register]["connections"]
    width = len(wires["Q"])
    used = (bit for net in nets.values() for bit in net["bits"] if isinstance(bit, int))
    first = 1 + max(used)
    fresh = dict(zip(wires["Q"], range(first, first + width), strict=True))
    for name, net in list(nets.items()):
        if "init" in net["attributes"] and fresh.keys() & set(net["bits"]):
            copied = [fresh.get(bit, bit) for bit in net["bits"]]
            nets[f"{HELD}.{name}"] = started({**net, "bits": copied}, set(fresh.values()))
            nets[name] = started(net, set(net["bits"]) - fresh.keys())
    held = list(fresh.values())
    cells[HELD] = {
        "type": "$pos",
        "parameters": {"A_SIGNED": 0, "A_WIDTH": width, "Y_WIDTH": width},
        "attributes": {},
        "port_directions": {"A": "input", "Y": "output"},
        "connections": {"A": held, "Y": wires["Q"]},
    }
    cells[register] = {**cells[register], "connections": {**wires, "Q": held}}


def started(net: Mapping[str, Any], driven: set[int]) -> dict[str, Any]:
    """Return a net whose bits that come from elsewhere have no initial value, constants aside."""
    attributes = dict(net["attributes"])
    if "init" in attributes:
        values = zip(reversed(attributes["init"]), net["bits"], strict=False)
        known = [value if bit in driven or isinstance(bit, str) else "x" for value, bit in values]
        attributes["init"] = "".join(reversed(known))
    return {**net, "attributes": attributes}


def shared(paths: Iterable[str]) -> str:
    """Return the innermost part that holds all of some parts."""
    found: list[str] = []
    for steps in zip(*(path.split(".") for path in paths), strict=False):
        if len(set(steps)) > 1:
            break
        found.append(steps[0])
    return ".".join(found)
