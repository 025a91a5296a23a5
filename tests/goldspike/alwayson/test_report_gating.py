import pytest

from goldspike.alwayson.report_gating import measured, published, write


def test_the_published_numbers_come_out():
    for what, theirs, ours, _ in published():
        assert ours == pytest.approx(theirs, rel=0.01), what


def test_the_report_says_what_was_fitted_to_the_published_numbers():
    sources = [source for *_, source in published()]
    assert sources.count("calibrated") == 5
    assert sources[3] == "derived from those three"  # 4.8 = 1 / (0.254 * 0.8232)
    assert pytest.approx(published()[3][2], rel=1e-3) == 1 / ((1 - 0.746) * (1 - 0.1768))


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
