"""Circuits with very many instances of a module: what lets a simulator compile its code once.

Verilator writes the code of a module once for all its instances if nothing that is peculiar to one
gets into it: no function, whose variables are numbered over the whole design, and no signal from
outside in place of a port. Yosys writes a choice among several values as a function; what it writes
as ``case`` is the faster one here, too, as most instances rest.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from goldspike.hdl.small_yosys import run_small_yosys
from goldspike.hdl.verilog import HEADER, SCRIPT, tidy_names

__all__ = ["MANY", "repeated", "with_cases"]

MANY = 200
"""Instances from which on it is worth it."""
CELL = re.compile(r"^  cell \\(\w+) \S+\n((?:    connect .*\n)+)  end$", re.MULTILINE)
CONNECTION = re.compile(r"^    connect \\(\S+) (.*)$", re.MULTILINE)


def repeated(design: str) -> dict[str, list[str]]:
    """Return the modules of an RTLIL text with very many instances, each with its own ports.

    Those are the ports that two instances in one place connect to different signals.
    """
    counts: Counter[str] = Counter()
    own: defaultdict[str, set[str]] = defaultdict(set)
    for module in design.split("\nmodule "):
        signals = defaultdict(set)
        for name, connections in CELL.findall(module):
            counts[name] += 1
            for port, signal in CONNECTION.findall(connections):
                signals[name, port].add(signal)
        for (name, port), connected in signals.items():
            if len(connected) > 1:
                own[name].add(port)
    return {name: sorted(own[name]) for name, count in counts.items() if count >= MANY}


def with_cases(design: str, modules: Iterable[str]) -> str:
    """Return RTLIL as Verilog in which some modules and their parts choose by ``case``."""
    kept = " ".join(f"{name} {name}.*" for name in modules)
    script = SCRIPT.replace("a:keep_cases %m", "@kept")
    lines = [f"read_rtlil <<rtlil\n{design}\nrtlil", f"select -set kept a:keep_cases %m {kept}"]
    return HEADER + tidy_names(run_small_yosys("\n".join([*lines, script])))
