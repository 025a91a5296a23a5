import pytest

from goldspike.alwayson.report_gating import measured, published, write


def test_the_published_numbers_come_out():
    for what, theirs, ours in published():
        assert ours == pytest.approx(theirs, rel=0.01), what


def test_a_neuron_that_is_spiked_more_sleeps_less_and_saves_less():
    busy, quiet = measured(0.5), measured(20.0)
    assert busy["asleep_ms"] < quiet["asleep_ms"]
    assert busy["none"] / busy["both"] < quiet["none"] / quiet["both"] < 4.8
    assert busy["clocked_ms"] <= busy["awake_ms"] <= busy["powered_ms"]


def test_report_writes_its_files(tmp_path):
    text = write(tmp_path)
    for number in ("4.78", "4.35", "1.30"):
        assert number in text
    assert {path.name for path in tmp_path.iterdir()} == {
        "published.csv", "activity.csv", "fig4b.png", "fig4b.svg"
    }  # fmt: skip
