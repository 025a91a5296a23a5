"""Cells of the self-timed circuits: what is listed for an ASIC flow is what the Verilog has."""

import re

import pytest

from goldspike.cli import main
from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.hdl.cells import CELLS, delay_cells, local_clocks, needed_cells
from goldspike.hdl.constraints import cell_list, constraints
from goldspike.hdl.verilog import module_name, to_verilog


def written(circuit):
    bench = load_bench(circuit)
    component = bench.rtl(bench.configs[bench.shown or bench.published])
    return to_verilog(component), module_name(component)


@pytest.mark.parametrize("circuit", circuits("cell"))
def test_every_clock_has_a_line_and_every_cell_an_entry(circuit):
    verilog, top = written(circuit)
    clocks = set(re.findall(r"posedge (\S+?)[,)]", verilog)) - set(
        re.findall(r", posedge (\S+?)[,)]", verilog)
    )
    text = constraints(verilog, top)
    named = re.findall(r"^create_clock -name (\S+) .*get_nets \{(\S+)\}", text, re.MULTILINE)
    assert {net.rpartition("/")[2] for _, net in named} == clocks
    assert len({name for name, _ in named}) == len(named) == len(local_clocks(verilog, top))
    instances = set(re.findall(r"^  (cell_\w+) ", verilog, re.MULTILINE))
    assert set(needed_cells(verilog)) == instances
    assert all(name in cell_list(verilog, top) for name in instances)
    assert text.count("set_min_delay") == verilog.count("\n  cell_delay ")


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
