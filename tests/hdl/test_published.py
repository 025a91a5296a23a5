"""Verilog as it is handed out: each port has a comment, and the template fits the module."""

import re
import subprocess

import pytest

from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.cosim.simulator.build import find_verilator
from goldspike.hdl.published import commented, instance, port_comments
from goldspike.hdl.verilog import module_name, to_verilog
from goldspike.model.paths import ROOT


@pytest.mark.parametrize("circuit", circuits())
def test_every_port_says_what_it_is(circuit: str) -> None:
    bench = load_bench(circuit)
    for config, params in bench.configs.items():
        component = bench.rtl(params)
        missing = component.signature.members.keys() - port_comments(component).keys()
        assert not missing, config


@pytest.mark.parametrize("circuit", ["timing/edge_detector", "imc/link"])
def test_the_template_instantiates_the_module(circuit: str, tmp_path) -> None:
    bench = load_bench(circuit)
    component = bench.rtl(bench.configs[bench.published])
    plain = to_verilog(component)
    text = commented(plain, component, bench.published)
    lines = [line for line in text.splitlines() if not line.startswith("  // ")]
    heading = re.compile(r"^/\* \w+: .*?\*/\n", re.MULTILINE | re.DOTALL)
    assert heading.sub("", "\n".join(lines) + "\n") == plain, "comments alone were added"
    for port, comment in port_comments(component).items():
        declared = re.search(rf"((?:  // .*\n)+)  (?:in|out)put (?:\[\d+:0\] )?{port};", text)
        assert declared, port
        said = declared[1].replace("  // ", "").split()
        assert said == comment.replace("`", "").split()
    top = f"module outer();\n{instance(plain, component)}endmodule\n"
    (tmp_path / "design.v").write_text(text)
    (tmp_path / "outer.v").write_text(top)
    command = [*find_verilator().program, "--lint-only", "-Wall", "-Wno-fatal", "--top", "outer"]
    files = [ROOT / "hdl" / "waivers.vlt", tmp_path / "design.v", tmp_path / "outer.v"]
    done = subprocess.run(
        [*command, *files], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert not re.search("PINMISSING|PINNOTFOUND|WIDTH", done.stderr)
    assert module_name(component) in top
