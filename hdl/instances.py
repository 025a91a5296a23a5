"""Circuits with very many instances of a module: what lets a simulator compile its code once.

Verilator writes the code of a module once for all its instances if nothing that is peculiar to one
gets into it: no function, whose variables are numbered over the whole design, and no signal from
outside in place of an input.
"""

import re
from collections import Counter

__all__ = ["MANY", "in_line", "repeated"]

CHOICE = re.compile(
    r"^  function (?:\[(\d+):0\] )?(\S+) ;\n"
    r"(?:    input (?:\[\d+:0\] )?[abs];\n){3}"
    r"    casez [^\n]*\n(?:      \S+:\n        [^\n]*\n){2,16}    endcase\n  endfunction\n"
    r"  assign ([^\n]+?) = \2 \(([^\n]*)\);\n",
    re.MULTILINE,
)
"""A choice that is written as a function: its width, its name, what it drives, its arguments."""


def in_line(verilog: str) -> str:
    """Return Verilog in which a choice among a few values is an expression, not a function."""
    return CHOICE.sub(expression, verilog)


def expression(choice: re.Match[str]) -> str:
    """Return a choice as an expression."""
    width, name, target, given = choice.groups()
    bits, count = int(width or 0) + 1, choice[0].count(":\n") - 1
    default, values, chosen = re.findall(r"(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|[^,{}])+", given)
    cases = [
        f"\\{name}_s [{k}] ? \\{name}_b [{(k + 1) * bits - 1}:{k * bits}]" for k in range(count)
    ]
    return (
        f"  wire [{count * bits - 1}:0] \\{name}_b ={values};\n"
        f"  wire [{count - 1}:0] \\{name}_s ={chosen};\n"
        f"  assign {target} = {' : '.join([*cases, default])};\n"
    )


MANY = 200
"""Instances from which on it is worth it."""


def repeated(design: str) -> dict[str, list[str]]:
    """Return the modules of an RTLIL text with very many instances, each with its inputs."""
    counts = Counter(re.findall(r"^  cell \\(\w+) ", design, re.MULTILINE))
    found = {}
    for name in (name for name, count in counts.items() if count >= MANY):
        start = re.search(rf"^module \\{name}\n", design, re.MULTILINE)
        assert start
        body = design[start.end() : design.index("\nend\n", start.end())]
        inputs = re.findall(r"^  wire (?:width \d+ )?input \d+ +\\(\w+)$", body, re.MULTILINE)
        found[name] = [port for port in inputs if port not in ("clk", "rst")]
    return found
