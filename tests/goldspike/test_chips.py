"""Chips are found by their folders, and what one lacks is said."""

from pathlib import Path

import pytest

from goldspike.chip import ExportsNetworks, ImportsNetworks, RunsNetworks, TakesEvents, Trains
from goldspike.chips import DEFAULT_CHIP, able, chip_names, find_chip, load_chip
from goldspike.model.errors import InputError
from goldspike.model.paths import ROOT


def test_chips_are_the_folders_with_a_chip() -> None:
    assert set(chip_names()) == {p.parent.name for p in (ROOT / "goldspike").glob("*/chip.py")}
    assert {"alwayson", "imc", "mubrain"} <= set(chip_names())


def test_no_command_names_a_chip_or_imports_one() -> None:
    folder = ROOT / "goldspike"
    for path in (*folder.glob("*.py"), *(folder / "commands").glob("*.py")):
        text = path.read_text()
        for name in chip_names():
            assert f"goldspike.{name}" not in text, f"{path} imports {name}"
        if path.parent.name == "commands":
            assert "import_module" not in text and "find_spec" not in text, path


def test_a_folder_makes_a_chip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "__init__.py").write_text("")
    (tmp_path / "toy" / "chip.py").write_text(
        "from goldspike.chip import Chip\n\n\nclass CHIP(Chip):\n    name = 'toy'\n"
        "    title = 'Toy'\n    sentence = 'a toy'\n"
    )
    monkeypatch.setattr("goldspike.chips.__file__", str(tmp_path / "chips.py"))
    monkeypatch.setattr("goldspike.__path__", [str(tmp_path)])
    assert chip_names() == ["toy"]
    assert load_chip("toy").sentence == "a toy"


@pytest.mark.parametrize(
    ("name", "capability", "message"),
    [
        ("mubrian", RunsNetworks, r"^unknown chip 'mubrian'; did you mean 'mubrain'\? Choose from"),
        ("alwayson", TakesEvents, r"^alwayson takes no recordings of events; choose from mubrain"),
        ("imc", TakesEvents, r"^imc takes no recordings of events; choose from mubrain"),
        ("imc", Trains, r"^imc has no trainer; choose from alwayson, mubrain"),
    ],
)
def test_what_a_chip_lacks_is_one_sentence(name: str, capability: type, message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_chip(name, capability)


def test_the_chip_that_needs_no_name_reads_and_writes_networks() -> None:
    for capability in (ImportsNetworks, ExportsNetworks):
        assert find_chip(DEFAULT_CHIP, capability).name == "mubrain"
        assert "truenorth" in {chip.name for chip in able(capability)}
