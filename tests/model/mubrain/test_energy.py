import pytest

from model.mubrain.energy import energy


def test_energy_is_26_pj_per_spike():
    report = energy(1000)
    assert report["nJ_per_sample"] == pytest.approx(26.0)
    assert report["spikes_per_sample"] == 1000


def test_the_papers_mean_image_costs_about_what_the_paper_measured():
    # 11,500 spikes and 308 nJ per image; 26 pJ is rounded
    assert energy(11_500)["nJ_per_sample"] == pytest.approx(308, rel=0.05)


def test_the_report_names_its_model():
    assert energy(1)["model"] == "26 pJ per spike, input spikes included (Stuijt 2021, section 4)"
