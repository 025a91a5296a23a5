"""The UPF beside the Verilog names what there is, and says what the cells do."""

import re

import pytest

from goldspike.cosim.bench.circuits import load_bench
from goldspike.hdl.cells import instances, modules
from goldspike.hdl.power_intent import power_intent
from goldspike.hdl.verilog import module_name, to_verilog

GATED = {"alwayson/neuron": "", "alwayson/neuron_block": "hidden-1", "alwayson/cell/neuron": "",
         "alwayson/cell/neuron_block": "hidden-3"}  # fmt: skip


def written(circuit: str, config: str) -> tuple[str, str, str]:
    """Return a circuit's Verilog, its module, and its UPF."""
    bench = load_bench(circuit)
    component = bench.rtl(bench(config or bench.published).params)
    verilog, top = to_verilog(component), module_name(component)
    return verilog, top, power_intent(verilog, top)


def known(verilog: str, top: str, path: str) -> bool:
    """Return whether a path below `top` is an instance or a signal."""
    *scopes, last = path.split("/")
    parts, module = modules(verilog), top
    for scope in scopes:
        module = {name: part for part, _, name in instances(parts[module])}[scope]
    names = {name for _, _, name in instances(parts[module])}
    return last in names or bool(
        re.search(rf"\b(?:reg|wire|input|output)\b.* {last}\b", parts[module])
    )


@pytest.mark.parametrize(("circuit", "config"), GATED.items())
def test_every_name_is_there(circuit, config):
    verilog, top, text = written(circuit, config)
    found = re.findall(r"(?:-elements|-instance) \{(\S+?)\}", text)
    found += re.findall(r"(?:-isolation_signal |\{power |_signal \{)([\w/]+)(?: \w+\})?", text)
    named = [name for name in found if name not in ("VDD", "GATED_VDD") and "_VDD" not in name]
    assert len(named) >= 6
    assert [name for name in named if not known(verilog, top, name)] == []


def test_each_neuron_has_a_domain_of_its_own():
    _, _, text = written("alwayson/cell/neuron_block", "hidden-3")
    domains = re.findall(r"^create_power_domain (\w+) -elements", text, re.MULTILINE)
    assert domains == ["GATED_NEURON_0", "GATED_NEURON_1", "GATED_NEURON_2"]


def test_a_circuit_that_is_always_on_has_none():
    assert written("alwayson/wakeup", "")[2] == ""
