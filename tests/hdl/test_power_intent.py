"""The UPF beside the Verilog names what there is, and says what the cells do."""

import re

import pytest

from goldspike.cosim.bench.circuits import load_bench
from goldspike.hdl.cells import instances, modules
from goldspike.hdl.power_intent import power_intent
from goldspike.hdl.verilog import module_name, to_verilog


def written(circuit: str, config: str) -> tuple[str, str, str]:
    """Return a circuit's Verilog, its module, and its UPF."""
    bench = load_bench(circuit)
    component = bench.rtl(bench(config or bench.published).params)
    verilog, top = to_verilog(component), module_name(component)
    return re.sub(r"\\(\w+) +", r"\1 ", verilog), top, power_intent(verilog, top)


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


@pytest.mark.of_each("GATED")
def test_every_name_is_there(circuit, case):
    verilog, top, text = written(circuit, case)
    found = re.findall(r"(?:-elements|-instance) \{(\S+?)\}", text)
    found += re.findall(r"(?:-isolation_signal |\{power |_signal \{)([\w/]+)(?: \w+\})?", text)
    named = [name for name in found if name not in ("VDD", "GATED_VDD") and "_VDD" not in name]
    assert len(named) >= 6
    assert [name for name in named if not known(verilog, top, name)] == []


def test_each_neuron_has_a_domain_of_its_own():
    _, _, text = written("alwayson/cell/neuron_block", "hidden-3")
    domains = re.findall(r"^create_power_domain (\w+) -elements", text, re.MULTILINE)
    assert domains == ["GATED_NEURON_0", "GATED_NEURON_1", "GATED_NEURON_2"]


def test_each_neuron_and_each_synapse_block_of_a_chip_has_a_domain():
    _, _, text = written("alwayson/chip", "3-5-3")
    domains = re.findall(r"^create_power_domain (\w+) -elements", text, re.MULTILINE)
    assert sum("SYNAPSE" in name for name in domains) == 2
    assert len(domains) == len(set(domains)) == 3 + 5 + 3 + 2
    for strategy in ("create_power_switch", "set_isolation"):
        found = re.findall(rf"^{strategy} \w+ -domain (\w+)", text, re.MULTILINE)
        assert found == domains


@pytest.mark.parametrize(("config", "strategies"), [("3x5", 1), ("5x3", 0)])
def test_only_round_robin_has_something_to_retain(config, strategies):
    assert written("alwayson/synapse_block", config)[2].count("set_retention") == strategies


def test_a_circuit_that_is_always_on_has_none():
    assert written("alwayson/wakeup", "")[2] == ""
