"""What a newcomer types first: version, list, names that are nearly right, and no words at all."""

from importlib.metadata import version
from pathlib import Path

import pytest

from goldspike.chips import chip_names
from goldspike.cli import main
from goldspike.cosim.bench.circuits import circuits, sentence_of
from goldspike.mubrain.chip import MuBrain


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command; return its exit code, and what it printed."""
    try:
        code = main(list(arguments))
    except SystemExit as ended:
        code = int(ended.code or 0)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "--version") == (0, f"goldspike {version('goldspike')}\n", "")


def test_a_file_that_is_not_there_is_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, said = told(capsys, "import", "nothing.onnx", "--out", "net.npz")
    assert code == 2 and said == (
        "goldspike: nothing.onnx: expected an ONNX file, but there is no such file.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["smi"], "'sim'"),
        (["sim", "mubrian"], "'mubrain'"),
        (["sim", "mubrain", "--jbos", "2"], "'--jobs'"),
        (["sim", "mubrain", "--set", "rate_mx=1"], "'rate_max'"),
        (["sim", "mubrain", "--config", "40mn"], "'40nm'"),
        (["sim", "mubrain", "--engine", "modle"], "'model'"),
        (["verify", "mubrain/arbitre"], "'mubrain/arbiter'"),
        (["report", "imc-maping"], "'imc-mapping'"),
        (["list", "mubrain/neurone"], "'mubrain/neuron'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_name_that_is_nearly_right(
    arguments: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = told(capsys, *arguments)
    assert (code, out) == (2, "")
    assert f"did you mean {meant}?" in err and err.count("\n") == 1


def test_a_name_like_no_other_has_no_hint(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = told(capsys, "sim", "q")
    assert err == f"goldspike: unknown chip 'q'; choose from {', '.join(chip_names())}.\n"


def test_another_commands_option_is_no_hint(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = told(capsys, "verify", "mubrain/neuron", "--engine", "batch")
    assert code == 2 and "unrecognized arguments: --engine batch" in err
    assert "did you mean" not in err and err.count("\n") == 1


@pytest.mark.parametrize("command", ["sim", "sweep", "train", "import"])
def test_help_names_what_can_be_set(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    trains = command == "train"
    known = MuBrain().trainer.settings if trains else MuBrain().settings
    code, every, _ = told(capsys, command, "--help")
    assert code == 0 and all(name in every for name in known)
    _, one, _ = told(capsys, command, "mubrain", "--help")
    assert all(setting.help in one for setting in known.values())
    assert ("mubrain, settings of the trainer:" in one) == trains and "imc, settings" not in one


@pytest.mark.parametrize("arguments", [["--quiet", "sim"], ["sim", "--quiet"]], ids=" ".join)
def test_quiet_writes_and_prints_nothing(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run.json"
    words = [*arguments, "mubrain", "--samples", "1", "--json", str(out)]
    assert told(capsys, *words) == (0, "", "")
    assert out.exists()
    code, shown, err = told(capsys, "sim", *words[2:])
    assert shown.splitlines()[-2:] == [str(out), str(tmp_path / "run.npz")]  # what it wrote
    code, shown, err = told(capsys, *words, "--set", "seed=x")
    assert (code, shown) == (2, "") and "seed=x" in err


def test_list_has_a_sentence_for_every_chip_and_circuit(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, shown, _ = told(capsys, "list")
    lines = {line.split()[0]: line.split(maxsplit=1)[1:] for line in shown.splitlines() if line}
    assert MuBrain.sentence in lines["mubrain"][0]
    for circuit in circuits():
        assert sentence_of(circuit), circuit
        assert lines[circuit] == [sentence_of(circuit)]


def test_a_chip_is_listed_with_its_settings(capsys: pytest.CaptureFixture[str]) -> None:
    _, shown, _ = told(capsys, "list", "mubrain")
    for name in (*MuBrain().settings, *MuBrain().configurations, "mubrain-coding", "epochs"):
        assert f"  {name}" in shown
