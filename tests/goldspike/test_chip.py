"""What every chip says of itself, and how settings are chosen."""

import pytest

from goldspike.chip import Chip
from goldspike.chips import chip_names, load_chip
from goldspike.imc.chip import Imc
from goldspike.model.errors import InputError
from goldspike.mubrain.chip import MuBrain
from goldspike.workloads.mubrain.settings import Settings, apply_settings
from goldspike.workloads.settings import read_settings


@pytest.mark.parametrize("name", chip_names())
def test_a_chip_says_what_it_is(name: str) -> None:
    chip = load_chip(name)
    assert chip.name == name
    assert chip.title and chip.sentence
    assert not chip.sentence.endswith(".")
    for settings in chip.all_settings.values():
        for setting in settings.values():
            assert setting.help
            if " " not in setting.default:  # else it says in words where the value is from
                setting.read(setting.default)


@pytest.mark.parametrize("name", chip_names())
def test_every_configuration_can_be_chosen(name: str) -> None:
    chip = load_chip(name)
    for config in chip.configurations:
        assert chip.choose(config).values.keys() == chip.configurations[config].keys()


def test_the_defaults_that_are_shown_are_the_defaults() -> None:
    words = [f"{name}={setting.default}" for name, setting in MuBrain().settings.items()]
    values = read_settings(words, MuBrain().settings, "mubrain")
    assert apply_settings(Settings(), values, words) == Settings()


class Two(Chip):
    name = "two"
    configurations = {"fast": {"depth": "7", "word_bits": "16"}}  # noqa: RUF012

    @property
    def settings(self):
        return Imc().settings


@pytest.mark.parametrize(
    "words", [["depth=9", "replicas=2"], ["replicas=2", "depth=9"]], ids=["one way", "the other"]
)
def test_an_assignment_replaces_the_configuration_in_any_order(words: list[str]) -> None:
    choices = Two().choose("fast", words)
    assert choices.values == {"depth": 9, "replicas": (2,), "word_bits": 16}
    assert set(choices.assignments) == {"word_bits=16", *words}


def test_settings_that_need_each_other_have_no_order() -> None:
    words = ["rate_min=30000", "rate_max=40000"]  # the first alone is above the default maximum
    chosen = []
    for order in (words, words[::-1]):
        choices = MuBrain().choose(None, order)
        chosen.append(apply_settings(Settings(), choices.values, choices.assignments))
    assert chosen[0] == chosen[1]
    assert (chosen[0].encoding.rate_min, chosen[0].encoding.rate_max) == (30e3, 40e3)


@pytest.mark.parametrize(
    ("config", "words", "message"),
    [
        ("fats", [], "unknown configuration of two 'fats'; did you mean 'fast'? Choose from fast."),
        (None, ["dept=3"], "unknown setting of two 'dept'; did you mean 'depth'? Choose from "),
        (None, ["depth"], "A setting must read NAME=VALUE, not 'depth'."),
        (None, ["depth=x"], "The setting 'depth=x' cannot be used: a whole number expected."),
    ],
)
def test_what_cannot_be_chosen_is_one_sentence(
    config: str | None, words: list[str], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        Two().choose(config, words)
    assert str(caught.value).startswith(message)
