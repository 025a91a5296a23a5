import re

import pytest

from goldspike.model.errors import InputError
from goldspike.model.mubrain.arbiter import Policy
from goldspike.model.mubrain.weight_memory import Storage
from goldspike.workloads.mubrain.encoding import CodingPhase
from goldspike.workloads.mubrain.settings import SETTINGS, Settings, apply_settings
from goldspike.workloads.settings import read_settings


def apply(assignments: list[str]) -> Settings:
    values = read_settings(assignments, SETTINGS, "mubrain")
    return apply_settings(Settings(), values, assignments)


def test_without_assignments_nothing_changes():
    assert apply([]) == Settings()


def test_every_part_can_be_set():
    changed = apply(
        ["policy=linear", "storage=memory", "scale=0,1", "hold=3", "delay_load=1", "delay_select=7",
         "delay_access=3", "delay_recover=5", "rate_min=0", "rate_max=6.55e5", "window=1000",
         "seed=9", "tick_ns=5", "phase=aligned"],
    )  # fmt: skip
    assert (changed.chip.policy, changed.chip.storage) == (Policy.LINEAR, Storage.MEMORY)
    assert (changed.chip.scales, changed.chip.hold) == ((False, True), 3)
    assert changed.chip.oscillator.delays == (1, 7, 3, 5)
    coding = changed.encoding
    assert (coding.rate_min, coding.rate_max, coding.tick_ns) == (0.0, 655_000.0, 5.0)
    assert (coding.window, coding.seed) == (1000, 9)
    assert coding.phase is CodingPhase.ALIGNED


def test_the_last_assignment_of_a_name_holds():
    assert apply(["seed=2", "seed=3"]).encoding.seed == 3


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("seed", "A setting must read NAME=VALUE, not 'seed'."),
        (
            "sed=1",
            "unknown setting of mubrain 'sed'; did you mean 'seed'? "
            f"Choose from {', '.join(SETTINGS)}.",
        ),
        ("hold=0", "The setting 'hold=0' cannot be used: hold must be in 1..9, not 0."),
        (
            "policy=fair",
            "The setting 'policy=fair' cannot be used: "
            "policy must be round_robin or linear, not 'fair'.",
        ),
        (
            "scale=on",
            "The setting 'scale=on' cannot be used: 0 or 1 expected, or one of them per layer.",
        ),
        (
            "delay_load=0",
            "The setting 'delay_load=0' cannot be used: delay load must be in 1..1000000000, "
            "not 0.",
        ),
        (
            "window=a",
            "The setting 'window=a' cannot be used: a whole number expected.",
        ),
    ],
)
def test_a_setting_that_cannot_be_is_refused_in_one_sentence(assignment, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        apply([assignment])
