"""Everything that a user may set for a run of µBrain, by one name each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from goldspike.model.errors import InputError
from goldspike.model.mubrain.chip import MUBRAIN_MNIST, ChipParams
from goldspike.workloads.mubrain.encoding import EncodingParams
from goldspike.workloads.settings import Setting, quoted, real, switches, whole

__all__ = ["SETTINGS", "Settings", "apply_settings"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A chip and how its input is coded."""

    chip: ChipParams = MUBRAIN_MNIST
    encoding: EncodingParams = field(default_factory=EncodingParams)


SETTINGS = {
    "policy": Setting(
        read=str, default="round_robin", help="of the arbiters: round_robin or linear"
    ),
    "scale": Setting(
        read=switches, default="0", help="weights times 8: 0 or 1, or one per layer, as 0,1"
    ),
    "storage": Setting(
        read=str, default="registers", help="of weights: registers or memory; the circuit: memory"
    ),
    "hold": Setting(read=whole, default="4", help="ticks for which the output strobe stays up"),
    "delay_load": Setting(read=whole, default="2", help="ticks of an oscillation's load phase"),
    "delay_select": Setting(read=whole, default="4", help="ticks of an oscillation's select phase"),
    "delay_access": Setting(read=whole, default="2", help="ticks of an oscillation's access phase"),
    "delay_recover": Setting(read=whole, default="2", help="ticks of an oscillation's last phase"),
    "rate_min": Setting(read=real, default="100", help="input spikes per second of grey 0"),
    "rate_max": Setting(read=real, default="20000", help="input spikes per second of grey 255"),
    "window": Setting(read=whole, default="420000", help="ticks for which an image is shown"),
    "phase": Setting(
        read=str, default="random", help="where spike trains start: random, spread or aligned"
    ),
    "seed": Setting(read=whole, default="1", help="of random phases"),
    "tick_ns": Setting(read=real, default="10", help="length of a tick in nanoseconds"),
}
"""What may be set, by name; those of the input coding are named as in `EncodingParams`."""

OSCILLATOR = "delay_"
CODING = ("rate_min", "rate_max", "window", "phase", "seed", "tick_ns")


def apply_settings(
    settings: Settings, values: Mapping[str, Any], assignments: Sequence[str] = ()
) -> Settings:
    """Return `settings` with values replaced, all at once.

    Parameters
    ----------
    values : mapping of str to value
        By the names of :data:`SETTINGS`.
    assignments : sequence of str
        What the user wrote, for the sentence about values that are out of range.

    Raises
    ------
    InputError
        If values are out of range, alone or together.
    """
    chip = {k: v for k, v in values.items() if k not in CODING and not k.startswith(OSCILLATOR)}
    coding = {name: value for name, value in values.items() if name in CODING}
    delays = {
        name.removeprefix(OSCILLATOR): value
        for name, value in values.items()
        if name.startswith(OSCILLATOR)
    }
    try:
        chip["oscillator"] = replace(settings.chip.oscillator, **delays)
        return replace(
            settings,
            chip=replace(settings.chip, **chip),
            encoding=replace(settings.encoding, **coding),
        )
    except (ValueError, TypeError) as error:
        said = str(error).removesuffix(".")
        raise InputError(f"{quoted(assignments)} cannot be used: {said}.") from None
