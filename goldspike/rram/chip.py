"""The RRAM macro as its user sees it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from goldspike.chip import Choices, DrawsCharts, Row, RunsNetworks, Trains
from goldspike.workloads.settings import Setting, Settings, real, whole

if TYPE_CHECKING:
    from goldspike.rram.loaded import LoadedNetwork

__all__ = ["CHIP", "Rram"]

SETTINGS = {
    "rows": Setting(read=whole, default="128", help="word-lines of a macro"),
    "adcs": Setting(read=whole, default="16", help="ADCs of a macro"),
    "share": Setting(read=whole, default="8", help="columns that share an ADC: 1, 2, 4 or 8"),
    "adc_bits": Setting(
        read=whole, default="3", help="bits of an ADC; 2**adc_bits - 1 rows are on at once"
    ),
    "lanes": Setting(read=whole, default="8", help="inputs of a word of the input stream"),
    "macros": Setting(
        read=whole, default="0", help="macros that share the tiles; 0: as many as tiles"
    ),
    "on_off": Setting(
        read=real, default="0", help="on/off ratio of a cell's current; 0: infinite (model only)"
    ),
    "spread": Setting(
        read=real, default="0", help="relative standard deviation of cells' currents (model only)"
    ),
    "offset": Setting(
        read=real, default="0", help="standard deviation of ADC references, in cells (model only)"
    ),
    "noise": Setting(
        read=real, default="0", help="standard deviation of a reading, in cells (model only)"
    ),
    "seed": Setting(read=whole, default="1", help="seed of spread, offset and noise"),
}


class Rram(RunsNetworks, DrawsCharts, Trains):
    """The 40 nm RRAM compute-in-memory macro (Lu 2021)."""

    name = "rram"
    title = "40 nm RRAM macro"
    sentence = (
        "128 x 128 RRAM cells with a sparsity-aware word-line controller and 3-bit flash ADCs"
    )
    default_net = "nets/rram_digits.npz"
    nets: ClassVar[Mapping[str, str]] = {
        f"{bits}-bit": f"nets/rram_digits_{bits}bit.npz" for bits in (4, 2, 1)
    }
    configurations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "8-bit": {}, "4-bit": {}, "2-bit": {}, "1-bit": {},
    }  # fmt: skip
    worth_a_job: ClassVar[Mapping[str, int]] = {"model": 5000, "rtl": 40, "lockstep": 40}

    @property
    def settings(self) -> Settings:
        """What ``--set`` may change."""
        return SETTINGS

    def load(self, path: Path, choices: Choices) -> "LoadedNetwork":
        """Read a fully connected network in whole numbers."""
        from goldspike.rram.loaded import load

        return load(path, choices)

    def rows(self, report: Mapping[str, Any]) -> list[Row]:
        """Return tiles, time, conversions, word-lines and energy."""
        samples, energy = report["samples"], report["energy"]
        ticks = report["ticks"]
        rows = [
            ("weights", f"{report['weight_bits']} bits, {report['cells']} cells"),
            ("macros", f"{report['macros']} for {report['tiles']} tiles"),
            ("latency", f"{ticks:.1f} ticks: {ticks * 1e-2:.2f} µs at 100 MHz"),
        ]
        for name, members in report["counts"].items():
            on = members["word_lines"] / members["input_bits"]
            rows.append(
                (
                    name,
                    f"{members['groups'] / samples:.1f} groups, "
                    f"{members['conversions'] / samples:.0f} conversions, "
                    f"{members['word_lines'] / samples:.1f} word-lines ({100 * on:.1f} % ones)",
                )
            )
        reach = energy["tops_per_watt"]
        said = (
            f", {reach:.3f} TOPS/W; in one-bit operations {energy['tops_per_watt_1b']:.2f}"
            if reach is not None
            else ""
        )
        rows.append(("energy", f"{energy['nJ_per_sample']:.2f} nJ per sample{said}"))
        return rows


CHIP = Rram
