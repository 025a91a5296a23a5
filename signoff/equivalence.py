"""Whether two forms of a circuit show the same, whatever comes in: ABC's verdict.

Both forms are one netlist, of which an input chooses the form. They stand side by side in a miter,
whose only output is up if any of theirs differ. ABC merges what is equal by induction (``scorr``);
what is left is decided by property-directed reachability (``pdr``), which ends with a proof or with
a run from reset to a difference. Nothing is assumed:

- Inputs are free on every tick, further resets included, but for the first tick, which is one of
  reset: only from there on are outputs compared.
- A register without an initial value starts with anything, in each form by itself (``undc``). So
  two forms that are equal only because they start alike are not taken for equal.
- Every register runs on the rise of the one clock, or there is no verdict: ABC knows no other, and
  a mutant of a clock is never taken for the circuit.
- A bit that the RTL leaves open, such as what lies beyond a memory's end, is zero in both forms.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from goldspike.hdl.yosys import run_yosys

__all__ = ["Verdict", "compare_forms"]

TIMEOUT = 60
"""Seconds for ``pdr``; most mutants of leaf circuits take less than one."""

SCRIPT = """
read_rtlil {netlist}
read_verilog miter.v
hierarchy -top miter
proc
flatten
memory_map
setundef -zero
opt_expr
opt_clean
techmap
opt_expr
simplemap
dffunmap
simplemap
opt_clean
select -assert-none t:$_*DFF* t:$_*LATCH* %u w:clk %co1:+$_DFF_P_[C] %d
abc -dff -script "+undc;strash;zero;scorr;pdr -T {timeout};write_status status.txt"
opt_clean
write_json proved.json
"""
"""No pass that looks at registers: a register that holds what nobody knows must not become a
constant that each form may choose for itself."""

STATUS = {"snl_UNSAT": True, "snl_SAT": False, "snl_UNK": None}


@dataclass(frozen=True)
class Verdict:
    """What was found.

    Attributes
    ----------
    equal : bool or None
        None if ABC cannot tell, or a register runs on another clock.
    ticks : int or None
        Where the forms differ: how many ticks after reset they can do so at the earliest found.
    """

    equal: bool | None
    ticks: int | None = None


def compare_forms(netlist: str, top: str, selector: str, number: int, folder: Path) -> Verdict:
    """Hold the form in which `selector` is a number against the one in which it is 0.

    Parameters
    ----------
    netlist : str
        Name of the RTLIL file in `folder`; its module is flat.
    top : str
        The module; it has the inputs ``clk`` and ``rst``.
    """
    text = (folder / netlist).read_text()
    (folder / "miter.v").write_text(miter(text, top, selector, number))
    (folder / "status.txt").unlink(missing_ok=True)
    try:
        run_yosys(SCRIPT.format(netlist=netlist, timeout=TIMEOUT), folder)
    except RuntimeError as error:
        if "Assertion failed: selection is not empty" in str(error):
            return Verdict(None)
        raise
    ports = json.loads((folder / "proved.json").read_text())["modules"]["miter"]["ports"]
    if ports["differs"]["bits"] == ["0"]:
        return Verdict(True)
    status, *_, ticks = (folder / "status.txt").read_text().split("\n")[0].split()
    return Verdict(STATUS[status], int(ticks) if status == "snl_SAT" else None)


def miter(netlist: str, top: str, selector: str, number: int) -> str:
    """Return in Verilog two forms of a module side by side, and whether their outputs differ."""
    found = re.findall(r"^  wire (?:width (\d+) )?(input|output) \d+ +\\(\S+)$", netlist, re.M)
    ports = {k: {n: int(w or 1) for w, kind, n in found if k == kind} for k in ("input", "output")}
    inputs, outputs = ports["input"], ports["output"]
    width = inputs.pop(selector)
    header = ", ".join(f"input [{bits - 1}:0] \\{name} " for name, bits in inputs.items())
    lines = [f"module miter({header}, output differs);"]
    lines += ["reg after = 0;", "always @(posedge clk) after <= 1;"]
    reset = {"rst": "rst | ~after"}
    for form, chosen in (("left", 0), ("right", number)):
        lines += [f"wire [{bits - 1}:0] {form}_{name};" for name, bits in outputs.items()]
        pins = {name: reset.get(name, f"\\{name} ") for name in inputs}
        pins |= {name: f"{form}_{name}" for name in outputs} | {selector: f"{width}'d{chosen}"}
        connected = ", ".join(f".\\{pin} ({net})" for pin, net in pins.items())
        lines.append(f"{top} {form}({connected});")
    unequal = " | ".join(f"(left_{name} != right_{name})" for name in outputs)
    return "\n".join([*lines, f"assign differs = after & ({unequal});", "endmodule\n"])
