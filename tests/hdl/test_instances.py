from goldspike.hdl.instances import MANY, repeated, with_cases
from goldspike.hdl.timing.power_gate import PowerGate
from goldspike.hdl.verilog import to_rtlil, to_verilog
from goldspike.model.timing.power_gate import PowerGateParams

CELL = "  cell \\part \\p_{k}\n    connect \\a \\x [{k}]\n    connect \\clk \\clk\n  end\n"


def whole(count: int) -> str:
    return "module \\whole\n" + "".join(CELL.format(k=k) for k in range(count)) + "end\n"


def test_a_module_with_many_instances_is_found_with_the_ports_that_differ():
    assert repeated(whole(MANY - 1)) == {}
    assert repeated(whole(MANY)) == {"part": ["a"]}


def test_a_choice_is_a_function_or_a_case():
    gate = PowerGate(PowerGateParams())
    assert "function" in to_verilog(gate)
    text = with_cases(to_rtlil(gate), ["timing_power_gate"])
    assert "function" not in text
    assert "casez (" in text
