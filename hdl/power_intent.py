"""What a power-aware flow needs beside the Verilog of a circuit with gated parts: its UPF.

The gated part of a neuron is its FSM, that of a synapse block its arbiter. Weights and
synchronised requests, which are gated too, share their modules with what is never off: no domain
can name them. In ``tick`` the power gate's outputs are all there is of the power; in ``cell`` the
switch, isolation and retention cells stand in the Verilog, and the UPF names them, so that a flow
maps them instead of putting in its own.
"""

import re

from goldspike.hdl.cells import instances, modules, walk

__all__ = ["power_intent"]

HEAD = """\
# Power intent of {top}. Generated from goldspike's circuits; do not edit.
upf_version 2.1
set_scope {top}

create_power_domain ALWAYS_ON -include_scope
create_supply_port VDD -domain ALWAYS_ON
create_supply_port VSS -domain ALWAYS_ON
create_supply_net VDD -domain ALWAYS_ON
create_supply_net VSS -domain ALWAYS_ON
connect_supply_net VDD -ports VDD
connect_supply_net VSS -ports VSS
create_supply_set ALWAYS_ON_SUPPLY -function {{power VDD}} -function {{ground VSS}}
associate_supply_set ALWAYS_ON_SUPPLY -handle ALWAYS_ON.primary
"""

DOMAIN = """
create_power_domain {domain} -elements {{{gated}}}
create_supply_net {domain}_VDD -domain {domain}
create_supply_set {domain}_SUPPLY -function {{power {domain}_VDD}} -function {{ground VSS}}
associate_supply_set {domain}_SUPPLY -handle {domain}.primary
create_power_switch {domain}_switch -domain {domain} \\
    -input_supply_port {{in VDD}} -output_supply_port {{out {domain}_VDD}} \\
    -control_port {{power {power}}} \\
    -on_state {{on in {{power}}}} -off_state {{off {{!power}}}}
set_isolation {domain}_isolation -domain {domain} -applies_to outputs \\
    -isolation_supply_set ALWAYS_ON_SUPPLY -clamp_value 0 \\
    -isolation_signal {isolate} -isolation_sense high{isolation}
"""

RETENTION = """\
set_retention {domain}_retention -domain {domain} -elements {{{retained}}} \\
    -retention_supply_set ALWAYS_ON_SUPPLY \\
    -save_signal {{{retain} posedge}} -restore_signal {{{retain} negedge}}
"""


def power_intent(verilog: str, top: str) -> str:
    """Return the UPF of a circuit, one power domain per gated part; empty if it has none."""
    verilog = re.sub(r"\\(\w+) +", r"\1 ", verilog)  # an instance may be named like a keyword
    parts, domains = modules(verilog), []
    for path, module in walk(verilog, top):
        inside = {name: part for part, _, name in instances(parts[module])}
        scope = path.replace(".", "/")
        isolation, pins = "", f"{scope}power_gate/"
        if inside.get("switch") == "cell_switch":
            gated, retained, pins = "steps", "retention", scope
            if "arbiter" in inside:
                keeps = "retention (" in parts[inside["arbiter"]]  # round robin
                gated, retained = "arbiter", "arbiter/retention" if keeps else ""
            isolation = f" \\\n    -instance {{{scope}isolation}}"
        elif {"power_gate", "fsm"} <= inside.keys():
            gated, retained = "fsm", "fsm/potential"
        elif {"power_gate", "arbiter"} <= inside.keys():
            turns = re.search(r"\breg\b.* following\b", parts[inside["arbiter"]])  # round robin
            gated, retained = "arbiter", "arbiter/following" if turns else ""
        else:
            continue
        domain = ("GATED_" + scope.replace("/", "_").upper()).rstrip("_")
        signals = {name: pins + name for name in ("power", "isolate", "retain")}
        text = DOMAIN + (RETENTION if retained else "")
        domains.append(
            text.format(
                domain=domain, gated=scope + gated, retained=scope + retained,
                isolation=isolation, **signals,
            )
        )  # fmt: skip
    return HEAD.format(top=top) + "".join(domains) if domains else ""
