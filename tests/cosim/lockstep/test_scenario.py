import builtins
import re

import pytest

from goldspike.cli import main
from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.cosim.bench.scene import load_scene
from goldspike.cosim.bench.stimulus import edges
from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.lockstep.scenario import KEPT, record, write_all
from goldspike.cosim.mubrain.arbiter import BENCH as ARBITER
from goldspike.cosim.waves.history import read_history
from goldspike.hdl.verilog import to_verilog
from goldspike.model.errors import InputError
from goldspike.model.mubrain.arbiter import ArbiterModel
from goldspike.model.mubrain.multi_phase_oscillator import Phase


@pytest.mark.parametrize("config", ["round_robin-16", "linear-16", "round_robin-7-fast"])
def test_the_arbiters_waves_are_those_of_its_model(config, tmp_path):
    done = record(ARBITER, config, 1, tmp_path / "arbiter.vcd")
    params = ARBITER.configs[config]
    run = ArbiterModel(params).run(*edges(done.rows, "spikes", params.inputs), traced=True)
    trace = run.trace
    assert trace is not None and run.tick.size >= 5
    ticks = range(1, done.ticks + 1)
    for phase in Phase:
        signal = done.history[f"oscillator.{phase.name.lower()}_phase"]
        up = [tick for tick in ticks if signal.on_tick(tick)]
        assert up == trace["tick"][trace["phase"] == 1 << phase].tolist()
    address = [done.history["address"].on_tick(tick) for tick in run.tick.tolist()]
    assert address == run.line.tolist()
    for name, path in (("pending", "detector.pending"), ("register", "register")):
        seen = [done.history[path].on_tick(tick + 1) for tick in trace["tick"].tolist()]
        assert seen == [int.from_bytes(bits.tobytes(), "little") for bits in trace[name]]
    merged = [tick for tick in ticks if done.history["merged"].on_tick(tick + 1)]
    assert merged == run.merge_tick.tolist()


def test_the_arbiters_scenario_shows_what_its_note_says(tmp_path):
    done = record(ARBITER, "round_robin-16", 1, tmp_path / "arbiter.vcd")
    run = ArbiterModel(ARBITER.configs["round_robin-16"]).run(*edges(done.rows, "spikes", 16))
    assert run.line.tolist() == [5, 15, 0, 15, 0, 0]
    assert run.merge_line.tolist() == [15]


QUICK = [circuit for circuit in circuits() if load_bench(circuit).checks.waves]
"""Circuits of every chip and realisation: each one's waves are compiled for them alone."""


@pytest.mark.parametrize(
    "circuit",
    [pytest.param(c, marks=[] if c in QUICK else pytest.mark.slow) for c in circuits()],
)
def test_kept_views_are_what_the_tool_writes(circuit, tmp_path):
    bench = load_bench(circuit)
    vcd, *views, png = write_all(bench, bench.shown or bench.published, 1, tmp_path)
    assert vcd.stat().st_size > 1000
    for path in views:
        kept = KEPT / f"{circuit}{path.suffix}"
        assert path.read_text() == kept.read_text(), f"renew: goldspike waves --keep {circuit}"
    note = (KEPT / f"{circuit}.md").read_text()
    assert f"make waves BLOCK={circuit}`" in note
    head = png.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(head[k : k + 4], "big") for k in (16, 20))
    assert 1000 <= width <= 2000 and 300 <= height <= 2000


@pytest.mark.parametrize("circuit", [c for c in circuits() if c not in QUICK])
def test_what_a_kept_view_shows_is_in_the_circuit(circuit):
    bench = load_bench(circuit)
    job = bench(bench.shown or bench.published)
    words = set(re.findall(r"[\w.]+", to_verilog(job.make())))
    kept = (KEPT / f"{circuit}.gtkw").read_text()
    for wave in load_scene(circuit).view(job).waves:
        for path in wave.paths:
            assert words.issuperset(path.split(".")), path
            shown = re.search(rf"\.{re.escape(path)}(_name)?(?![\w.])", kept)
            assert shown, f"renew: goldspike waves --keep {circuit}"


def test_no_view_is_kept_of_a_circuit_that_is_gone():
    kept = {path.relative_to(KEPT) for path in KEPT.rglob("*/*.*")}
    names = {str(path.with_suffix("")) for path in kept if path.suffix != ".pyc"}
    assert {name for name in names if not name.endswith("__init__")} == set(circuits())


def test_views_name_no_place_and_no_time():
    for path in KEPT.rglob("*.gtkw"):
        assert not {"[dumpfile]", "[savefile]", "[dumpfile_mtime]"} & set(path.read_text().split())


def test_a_view_of_a_signal_that_is_not_there_says_so(tmp_path):
    vcd = tmp_path / "gate.vcd"
    record(load_bench("timing/clock_gate"), "1", 1, vcd)
    view = View("Clock gate", "", (Group("all", (Wave("gated"), Wave("flux"))),))
    with pytest.raises(InputError, match=r"^timing_clock_gate has no signal 'flux' in its waves"):
        read_history(vcd, "timing_clock_gate", view, load_bench("timing/clock_gate").scale)


@pytest.mark.parametrize("package", ["matplotlib", "vcdvcd"])
def test_a_missing_extra_is_named(package, monkeypatch, capsys, tmp_path):
    load = builtins.__import__

    def refuse(name, *rest):
        if name.partition(".")[0] == package:
            raise ImportError(name)
        return load(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    assert main(["waves", "timing/clock_gate", "-o", str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert package in message and "extra 'plots'" in message


def test_waves_of_another_configuration_and_seed(tmp_path, capsys):
    arguments = ["waves", "timing/clock_gate", "--config", "65", "--seed", "2", "-o", str(tmp_path)]
    assert main(arguments) == 0
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == [f"timing_clock_gate.{end}" for end in ("gtkw", "png", "sucl", "vcd")]
    assert main([*arguments, "--keep"]) == 2
    assert "default configuration" in capsys.readouterr().err
