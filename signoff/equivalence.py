"""Whether two forms of a circuit show the same, whatever comes in: ABC's verdict.

Both forms are one netlist, of which an input chooses the form. They stand side by side in a miter,
whose only output is up if any of theirs differ. ABC merges what is equal by induction (registers
first, ``lcorr``, which is quick; then all, ``scorr``); what is left is decided by property-directed
reachability (``pdr``), which ends with a proof or with a run from reset to a difference. Nothing is
assumed:

- Inputs are free on every tick, further resets included, but for the first tick, which is one of
  reset: only from there on are outputs compared.
- A register without an initial value starts with anything, the same in both forms. Where these are
  instances (:data:`INSTANCE`), it has the same name in both.
- Every register runs on the rise of the one clock, or there is no verdict: ABC knows no other, and
  a mutant of a clock is never taken for the circuit.
- A bit that the RTL leaves open, such as what lies beyond a memory's end, is zero in both forms.
"""

import json
import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from goldspike.hdl.yosys import run_yosys

__all__ = ["AFTER", "INSTANCE", "Forms", "Verdict"]

TIMEOUT = 60
"""Seconds for ``pdr``; most mutants of leaf circuits take less than one."""

WHOLE = 3
"""So many times that long Yosys and ABC may take altogether: ``lcorr`` and ``scorr`` know no limit
of their own, and in a circuit of thousands of registers they may run for hours."""

PREPARE = """
{reads}
hierarchy -top {top}
proc
flatten
memory_map
setundef -zero
dffunmap
opt_expr
opt_clean
write_json form.json
"""

COMPARE = """
read_json form.json
read_verilog miter.v
hierarchy -top miter
proc
flatten
opt_expr
opt_clean
techmap
opt_expr
simplemap
opt_clean
select -assert-none t:$_*DFF* t:$_*LATCH* %u w:clk %co1:+$_DFF_P_[C] %d
abc -dff -script "+undc;strash;zero;lcorr;scorr;pdr -T {timeout};write_status status.txt"
opt_clean
write_json proved.json
"""
"""No pass that looks at registers: what holds a value that nobody knows must not become a constant
that each form may choose for itself. For the same reason `undc` comes before `zero`."""

STATUS = {"snl_UNSAT": True, "snl_SAT": False, "snl_UNK": None}

AFTER, POWER_UP = "after_reset", "power_up"
"""Inputs that the forms have besides their own."""

INSTANCE = "form_"
"""With a number behind it, the name of an instance that is a form."""


@dataclass(frozen=True)
class Verdict:
    """What was found.

    Attributes
    ----------
    equal : bool or None
        None if ABC cannot tell, or a register runs on another clock.
    ticks : int or None
        Where the forms differ: after how many ticks from reset, in the run that was found.
    """

    equal: bool | None
    ticks: int | None = None

    def __str__(self) -> str:
        if self.ticks is None:
            return "equivalent" if self.equal else "survived"
        return f"survived, can differ after {self.ticks} ticks"


class Forms:
    """The forms of a circuit.

    Parameters
    ----------
    reads : str
        Commands of Yosys that read the design, in `folder`.
    top : str
        Its top module, with the inputs ``clk`` and ``rst``.
    selector : str
        The input that chooses the form.
    """

    def __init__(self, reads: str, top: str, selector: str, folder: Path) -> None:
        self.top, self.selector, self.folder = top, selector, folder
        run_yosys(PREPARE.format(reads=reads, top=top), folder)
        design = json.loads((folder / "form.json").read_text())
        module = design["modules"][top]
        share_power_up(module)
        (folder / "form.json").write_text(json.dumps(design))
        self.ports: dict[str, dict[str, int]] = {"input": {}, "output": {}}
        for name, port in module["ports"].items():
            self.ports[port["direction"]][name] = len(port["bits"])

    def compare(self, number: int, timeout: int = TIMEOUT) -> Verdict:
        """Hold the form of a number against that of 0; `timeout` is in seconds of ``pdr``."""
        (self.folder / "miter.v").write_text(self.miter(number))
        (self.folder / "status.txt").unlink(missing_ok=True)
        try:
            run_yosys(COMPARE.format(timeout=timeout), self.folder, WHOLE * timeout)
        except TimeoutError:
            return Verdict(None)
        except RuntimeError as error:
            if "Assertion failed: selection is not empty" in str(error):
                return Verdict(None)
            raise
        proved = json.loads((self.folder / "proved.json").read_text())
        if proved["modules"]["miter"]["ports"]["differs"]["bits"] == ["0"]:
            return Verdict(True)
        status, *_, ticks = (self.folder / "status.txt").read_text().split("\n")[0].split()
        return Verdict(STATUS[status], int(ticks) if status == "snl_SAT" else None)

    def miter(self, number: int) -> str:
        """Return in Verilog two forms side by side, and whether their outputs differ."""
        own = {AFTER: "after", "rst": "rst | ~after"}
        inputs, outputs = self.ports["input"], self.ports["output"]
        shared = {k: n for k, n in inputs.items() if k not in (self.selector, AFTER)}
        header = ", ".join(f"input [{bits - 1}:0] \\{name} " for name, bits in shared.items())
        lines = [f"module miter({header}, output differs);"]
        lines += ["reg after = 0;", "always @(posedge clk) after <= 1;"]
        for form, chosen in (("left", 0), ("right", number)):
            lines += [f"wire [{bits - 1}:0] {form}_{name};" for name, bits in outputs.items()]
            pins = {name: own.get(name, f"\\{name} ") for name in inputs}
            pins |= {name: f"{form}_{name}" for name in outputs}
            pins[self.selector] = f"{inputs[self.selector]}'d{chosen}"
            connected = ", ".join(f".\\{pin} ({net})" for pin, net in pins.items())
            lines.append(f"{self.top} {form}({connected});")
        unequal = " | ".join(f"(left_{name} != right_{name})" for name in outputs)
        return "\n".join([*lines, f"assign differs = after & ({unequal});", "endmodule\n"])


def share_power_up(module: dict[str, Any]) -> None:
    """Let an input say what registers without an initial value hold on the tick of reset.

    Both forms of a miter have the same inputs, so both start alike. A wire that is no register's
    any more, since a wrong cell took its name, has no initial value.
    """
    known: dict[int, str] = {}
    for wire in module["netnames"].values():
        values = reversed(wire["attributes"].get("init", ""))
        known |= {b: v for b, v in zip(wire["bits"], values, strict=False) if v in "01"}
    every = (wire["bits"] for wire in module["netnames"].values())
    fresh = count(1 + max(bit for bits in every for bit in bits if isinstance(bit, int)))
    after, changed = next(fresh), set[int]()
    free: dict[tuple[str, int], int] = {}
    for name, cell in list(module["cells"].items()):
        held = cell["connections"].get("Q", []) if cell["type"] == "$dff" else []
        if all(bit in known for bit in held):
            continue
        place, forms = re.subn(rf"\b{INSTANCE}\d+\.", "", name, count=1)
        if forms:  # a memory's word is numbered as it is made
            place = re.sub(r"(^\$memory.*\])\$\d+$", r"\1", place)
        first = [
            known.get(bit) or free.setdefault((place, k), next(fresh)) for k, bit in enumerate(held)
        ]
        changed |= set(held)
        cell["connections"]["Q"] = [next(fresh) for _ in held]
        pins = {"A": first, "B": cell["connections"]["Q"], "S": [after], "Y": held}
        module["cells"][f"{name}_{POWER_UP}"] = {
            "type": "$mux",
            "parameters": {"WIDTH": f"{len(held):032b}"},
            "attributes": {},
            "port_directions": {p: "output" if p == "Y" else "input" for p in pins},
            "connections": pins,
        }
    registers = [cell for cell in module["cells"].values() if cell["type"] == "$dff"]
    starting = {bit for cell in registers for bit in cell["connections"]["Q"]}
    for wire in module["netnames"].values():
        if changed & set(wire["bits"]) or not starting & set(wire["bits"]):
            wire["attributes"].pop("init", None)
    for name, bits in ((AFTER, [after]), (POWER_UP, list(free.values()))):
        if bits:
            module["ports"][name] = {"direction": "input", "bits": bits}
            module["netnames"][name] = {"hide_name": 0, "bits": bits, "attributes": {}}
