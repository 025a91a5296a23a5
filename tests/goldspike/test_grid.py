"""A sweep: every point of the grid is a run as `sim` does it."""

import json
from pathlib import Path

import pytest

from goldspike.cli import main
from goldspike.grid import axes_of, sweep
from goldspike.imc.chip import Imc
from goldspike.model.errors import InputError
from goldspike.mubrain.chip import MuBrain
from goldspike.simulation import simulate


def test_every_point_is_a_run_of_its_own(tmp_path: Path) -> None:
    result = sweep("mubrain", assignments=["rate_max=10000,20000", "seed=1,2"], samples=3,
                   out=tmp_path / "sweep.json")  # fmt: skip
    assert [run["settings"] for run in result["runs"]] == [
        {"rate_max": rate, "seed": seed} for rate in ("10000", "20000") for seed in ("1", "2")
    ]
    assert json.loads((tmp_path / "sweep.json").read_text()) == result
    assert [path.name for path in tmp_path.iterdir()] == ["sweep.json"]
    alone = simulate("mubrain", samples=3, assignments=["seed=2", "rate_max=10000"],
                     out=tmp_path / "run.json")  # fmt: skip
    swept = dict(result["runs"][1])
    for report in (alone, swept):
        del report["wall_seconds"]
    del swept["settings"]
    assert swept == alone
    assert result["runs"][0]["counts"] != result["runs"][2]["counts"]


def test_configurations_are_an_axis(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["sweep", "mubrain", "--config", "mnist,40nm", "--set", "policy=round_robin,linear"]
    assert main([*command, "--samples", "2", "--json", str(tmp_path / "s.json")]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].split()[:3] == ["config", "policy", "samples"]
    assert [line.split()[0] for line in shown[1:-1]] == ["mnist", "mnist", "40nm", "40nm"]
    assert shown[-1] == str(tmp_path / "s.json")
    nets = [run["net"] for run in json.loads((tmp_path / "s.json").read_text())["runs"]]
    assert nets == ["digits.npz"] * 2 + ["mubrain_40nm.npz"] * 2


def test_lists_are_separated_by_slashes() -> None:
    words = ["sizes=256,64,10/256,80,10", "seed=1,2,2"]
    assert axes_of(words, MuBrain().settings, "mubrain") == {
        "sizes": ["256,64,10", "256,80,10"], "seed": ["1", "2"],
    }  # fmt: skip


MANY = f"depth={','.join(map(str, range(500, 700)))}"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["dept=3,4"], "unknown setting of imc 'dept'; did you mean 'depth'"),
        (["depth"], "NAME=VALUE"),
        (["depth=512,x"], "'depth=x' cannot be used: a whole number expected"),
        (["depth=512,10"], "must fit in 10 words"),
        ([MANY, f"word_bits={MANY[6:]}"], "at most 10000 runs, not 40000"),
    ],
)
def test_a_bad_point_is_refused_before_anything_runs(
    words: list[str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        sweep(Imc(), assignments=words, samples=1, out=tmp_path / "s.json")
    assert not (tmp_path / "s.json").exists()
