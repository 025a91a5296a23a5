from pathlib import Path

from goldspike.imc.chip import Imc
from goldspike.imc.report_mapping import table_1


def test_all_36_cells_of_table_1_and_the_two_errata() -> None:
    cells = table_1()
    assert len(cells) == 36
    assert {(key, published, ours) for key, published, ours, word in cells if word != "equal"} == {
        ((3, 32, 128, "PLIP", "empty"), "82.1", "81.1"),
        ((56, 8, 160, "KLIP", "memory"), "1.427", "1.428"),
    }
    assert [word for *_, word in cells if word != "equal"] == ["erratum", "erratum"]


def test_report_writes_tables_and_figure(tmp_path: Path) -> None:
    assert "mapping" in Imc().reports
    text = Imc().report("mapping", tmp_path)
    assert "published 1056 (method 1) and 672 (dW = 5), ours 1056 and 672" in text
    assert "cores: published 43, ours 43" in text
    assert (tmp_path / "table1.csv").read_text().count("\n") == 37
    assert (tmp_path / "fig6.csv").read_text().count("\n") == 1 + 5 * 64
    assert (tmp_path / "fig6.png").read_bytes()[:4] == b"\x89PNG"
