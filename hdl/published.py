"""Verilog as it is handed out: ports with a comment each, and a template to instantiate it by.

The comments are those of the circuit's docstring, section *Members*.
"""

import inspect
import re

from amaranth.lib import wiring

from goldspike.hdl.verilog import module_name

__all__ = ["commented", "instance", "port_comments"]

CLOCK = {"clk": "Clock, rising edge.", "rst": "Synchronous reset, active high."}
ELAPSED = "Ticks since the clock's last edge; 1 unless the clock is stopped."
LINE = 96


def port_comments(component: wiring.Component) -> dict[str, str]:
    """Return what each port of a circuit means, by its name; ports without a word are left out."""
    text = next(
        inspect.cleandoc(base.__doc__ or "")
        for base in type(component).__mro__
        if "\nMembers\n" in inspect.cleandoc(base.__doc__ or "")
    )
    section = re.split(r"^Members\n-+\n", text, flags=re.MULTILINE)[1]
    section = re.split(r"^\w[\w ]*\n-{3,}$", section, flags=re.MULTILINE)[0]
    found = dict(CLOCK)
    names: list[str] = []
    for line in section.splitlines():
        if line and not line.startswith(" "):
            pieces = re.sub(r"\([^()]*(\([^()]*\)[^()]*)*\)", "", line).split(",")
            names = [piece.partition(":")[0].strip() for piece in pieces]
        elif line.strip():
            for name in names:
                before = found.get(name, "") if name not in CLOCK else ""
                found[name] = f"{before} {line.strip()}".strip()
    ports = component.signature.members.keys() | (CLOCK.keys() - component.signature.members.keys())
    found.setdefault("elapsed", ELAPSED)
    return {name: found[name] for name in ports if name in found}


def commented(verilog: str, component: wiring.Component, config: str) -> str:
    """Return the Verilog of a circuit with a heading, and a comment at each port of its top."""
    name = module_name(component)
    comments = port_comments(component)
    summary = (inspect.getdoc(type(component)) or "").partition("\n")[0]
    head, module, rest = verilog.partition(f"module {name}(")
    body, end, others = rest.partition("endmodule")

    def add(found: re.Match[str]) -> str:
        comment = comments.get(found[3])
        return f"{wrapped(comment)}{found[0]}" if comment else found[0]

    body = re.sub(r"^  (input|output) (\[\d+:\d+\] )?(\w+);$", add, body, flags=re.MULTILINE)
    heading = f"/* {name}: {summary}\n   Configuration: {config}. */\n"
    return f"{head}{heading}{module}{body}{end}{others}"


def wrapped(comment: str) -> str:
    """Return a comment in lines of Verilog."""
    lines, line = [], ""
    for word in comment.replace("`", "").split():
        if len(line) + len(word) > LINE:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return "".join(f"  // {line}\n" for line in (*lines, line))


def instance(verilog: str, component: wiring.Component) -> str:
    """Return an instantiation template, in Verilog: a wire per port, and the instance."""
    name = module_name(component)
    body = verilog.partition(f"module {name}(")[2].partition("endmodule")[0]
    ports = re.findall(r"^  (input|output) (\[\d+:\d+\] )?(\w+);$", body, re.MULTILINE)
    wires = [f"  wire {width}{port};" for _, width, port in ports]
    pins = ",\n".join(f"    .{port}({port})" for _, _, port in ports)
    kinds = "".join(f"  // {kind:<6} {port}\n" for kind, _, port in ports)
    return f"{kinds}" + "\n".join(wires) + f"\n\n  {name} {name}_0 (\n{pins}\n  );\n"
