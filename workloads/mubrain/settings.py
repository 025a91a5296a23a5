"""Everything that a user may set for a run of µBrain, by one name each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from goldspike.model.errors import InputError
from goldspike.model.limits import MOST_TICKS, require_room
from goldspike.model.mubrain.chip import MUBRAIN_MNIST, ChipParams
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.params import require_int
from goldspike.workloads.mubrain.encoding import EncodingParams
from goldspike.workloads.settings import Setting, quoted, real, switches, whole, wholes

__all__ = ["SETTINGS", "Settings", "apply_settings"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A chip and how its input is coded."""

    chip: ChipParams = MUBRAIN_MNIST
    encoding: EncodingParams = field(default_factory=EncodingParams)
    bias_period: int = 0
    """Ticks between two strobes of the global bias line; 0: none."""

    def strobes(self, end: int) -> tuple[np.ndarray, ...]:
        """Return the ticks of the strobes on each layer's bias input, before the tick `end`."""
        if not self.bias_period or not any(self.chip.bias):
            return ()
        strobes = max(0, end) // self.bias_period
        require_room(f"A bias of {strobes} strobes in {end} ticks", 32 * strobes)
        ticks = np.arange(self.bias_period, end, self.bias_period)
        return tuple(ticks if bias else ticks[:0] for bias in self.chip.biases)


def power_of_two(text: str) -> int:
    """Read a power of two."""
    number = whole(text)
    if number < 2 or number & (number - 1):
        raise ValueError("a power of two from 2 on expected")
    return number


SETTINGS = {
    "sizes": Setting(
        read=wholes, default="256,64,10", help="inputs, then neurons per layer; a network's own"
    ),
    "bias": Setting(
        read=switches, default="0", help="layers with a bias input: 0 or 1, or one per layer"
    ),
    "bias_period": Setting(
        read=whole, default="0", help="ticks between strobes of the global bias line; 0: none"
    ),
    "lateral": Setting(
        read=wholes, default="0", help="lateral synapses of each recurrent layer, 0: not recurrent"
    ),
    "lateral_seed": Setting(read=whole, default="1", help="of the lateral synapses' pattern"),
    "weight_bits": Setting(read=whole, default="4", help="bits of a weight, 4: -7..7"),
    "threshold": Setting(
        read=power_of_two, default="64", help="potential at which neurons fire, a power of two"
    ),
    "scale_shift": Setting(read=whole, default="3", help="scale multiplies by 2 to this power"),
    "policy": Setting(
        read=str, default="round_robin", help="of the arbiters: round_robin or linear"
    ),
    "scale": Setting(
        read=switches, default="0", help="layers whose weights are scaled: 0 or 1, or one per layer"
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

CHIP = ("sizes", "scale", "policy", "storage", "hold")
OSCILLATOR = "delay_"
CODING = ("rate_min", "rate_max", "window", "phase", "seed", "tick_ns")


def neuron(values: Mapping[str, Any]) -> dict[str, int]:
    """Return the neuron's parameters among settings."""
    chosen = {name: values[name] for name in ("weight_bits", "scale_shift") if name in values}
    if "threshold" in values:
        chosen["potential_bits"] = values["threshold"].bit_length() - 1
    return chosen


def recurrent(values: Mapping[str, Any], sizes: tuple[int, ...]) -> tuple[Connectivity | None, ...]:
    """Return the lateral synapses of every layer; nothing if no layer has any."""
    counts = values["lateral"]
    counts = counts * (len(sizes) - 1) if len(counts) == 1 else counts
    if not any(counts):
        return ()
    if len(counts) != len(sizes) - 1:
        raise ValueError(f"lateral must have 1 or {len(sizes) - 1} entries")
    return tuple(
        Connectivity(neurons=neurons, synapses=count, seed=values.get("lateral_seed", 1))
        if count
        else None
        for count, neurons in zip(counts, sizes[1:], strict=True)
    )


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
    chip = {name: values[name] for name in CHIP if name in values}
    coding = {name: value for name, value in values.items() if name in CODING}
    delays = {
        name.removeprefix(OSCILLATOR): value
        for name, value in values.items()
        if name.startswith(OSCILLATOR)
    }
    try:
        chip["oscillator"] = replace(settings.chip.oscillator, **delays)
        chip["neuron"] = replace(settings.chip.neuron, **neuron(values))
        layers = len(chip.get("sizes", settings.chip.sizes)) - 1
        if "lateral" in values:
            chip["lateral"] = recurrent(values, chip.get("sizes", settings.chip.sizes))
        if "bias" in values:
            bias = values["bias"] * layers if len(values["bias"]) == 1 else values["bias"]
            chip["bias"] = bias if any(bias) else ()
        return replace(
            settings,
            chip=replace(settings.chip, **chip),
            encoding=replace(settings.encoding, **coding),
            bias_period=require_int(
                "bias_period", values.get("bias_period", settings.bias_period), 0, MOST_TICKS
            ),
        )
    except (ValueError, TypeError) as error:
        said = str(error).removesuffix(".")
        raise InputError(f"{quoted(assignments)} cannot be used: {said}.") from None
