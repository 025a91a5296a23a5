import pytest

from goldspike.mubrain.energy import PAPER_SECONDS, PAPER_SPIKES, SPLITS, energy


def test_energy_is_26_pj_per_spike():
    report = energy(1000, 1e-3)
    assert report["nJ_per_sample"] == pytest.approx(26.0)
    assert report["spikes_per_sample"] == 1000


def test_the_papers_mean_image_costs_about_what_the_paper_measured():
    # 11,500 spikes and 308 nJ per image; 26 pJ is rounded
    assert energy(11_500, 4.2e-3)["nJ_per_sample"] == pytest.approx(308, rel=0.05)


def test_the_report_names_its_models():
    report = energy(1, 1)
    assert report["model"] == "26 pJ per spike, input spikes included (Stuijt 2021, section 4)"
    assert {name: split["model"] for name, split in report["splits"].items()} == {
        "text": "30 % of 26 pJ per spike is static (Stuijt 2021, section 4)",
        "footnote": "53 of 74 uA at 1.1 V leak (Stuijt 2021, footnote 3)",
    }


def test_the_splits_contradict_each_other_as_the_paper_does():
    text, footnote = (SPLITS[name].sample(PAPER_SPIKES, PAPER_SECONDS) for name in SPLITS)
    assert text["nJ_per_sample"] == pytest.approx(299.0)  # 26 pJ x 11,500
    assert text["static_nJ"] / text["nJ_per_sample"] == pytest.approx(0.30)
    assert footnote["nJ_per_sample"] == pytest.approx(341.9, abs=0.05)  # 74 uA x 1.1 V x 4.2 ms
    assert footnote["static_nJ"] / footnote["nJ_per_sample"] == pytest.approx(53 / 74)


def test_silence_costs_static_power_only():
    for split in SPLITS.values():
        silent = split.sample(0, 1.0)
        assert silent["dynamic_nJ"] == 0
        assert silent["nJ_per_sample"] == pytest.approx(split.static_uw * 1e3)
