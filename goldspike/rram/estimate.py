"""Area, latency and energy of a macro, from units, counts and the paper's calibration factors.

Ref: Lu 2021, section 'NeuroSim Validation', Tables 3 to 6. A **unit** is what one level shifter,
ADC, flip-flop, adder bit or inverter takes; counts follow from the macro's parameters; activities
and wiring are the published factors alpha to eta.

Units that the paper gives or that its tables imply (a table's value divided by its count) are
constants here: they are **inputs**, and only what is computed from them can be compared.

The paper's energies per module (Tables 3 and 5, 95.99 pJ together) are of one **set** of
conversions, and Table 6 gives 3,177.75 pJ for the whole array, which is one plane with all rows on:
19 groups. How many sets make a group it does not say; :data:`SETS_PER_GROUP` is the ratio, a
calibration. Within a set, the energy of level shifters and cells goes with the word-lines that are
on; the other modules' does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from goldspike.model.rram.macro import MacroParams
from goldspike.model.rram.shift_add import ShiftAddParams

__all__ = [
    "ENERGY_MODEL",
    "Activity",
    "Counts",
    "analog_area",
    "analog_energy",
    "cycle_ns",
    "digital_area",
    "digital_energy",
    "energy_pj",
    "sum_widths",
    "total",
]

ALPHA, BETA, GAMMA, DELTA, EPSILON, ZETA, ETA = 1.44, 1.4, 0.50, 0.15, 0.05, 0.11, 1.22
"""Wiring of level shifters; sensing; activity of flip-flops, adders, inverters, the controller's
flip-flops; layout ('Discussion')."""

SHIFTER_UM2 = 28.0
"""2.8 x 10 square micrometres ('Analog Modules')."""
CELL_UM2 = 0.12
"""75 squares of the feature size of 40 nm ('Analog Modules'), rounded as in Table 3."""
MUX_UM2, ADC_UM2 = 459 / 128, 4271 / 16
"""Table 3, per column and per ADC."""
FLIP_FLOP_UM2, ADDER_UM2, INVERTER_UM2 = 719 / 176, 662 / 144, 1336 / 2133
"""Table 5, shift-add, per flip-flop, adder bit and inverter."""

SHIFTER_NS, MUX_NS, ADC_NS, ARRAY_NS, MUX_DECODER_NS, ENCODER_NS = 1.12, 0.06, 5.0, 0.19, 0.37, 0.02
"""Table 3."""

SHIFTER_PJ, MUX_PJ, ADC_PJ, ARRAY_PJ = 1.02, 0.07, 74.50, 4.99
"""Table 3: of a set, with 7 word-lines on, 128 columns, 16 ADCs."""
FLIP_FLOP_PJ, ADDER_PJ, INVERTER_PJ = 2.504 / 176, 0.81 / 144, 3.31 / 2133
"""Table 5, shift-add, before the activity."""
SUM_ADDER_PJ = 3.99 / 672
"""Table 5, accumulators: a bit takes 5.6 % more there, which the paper does not explain."""

ROWS_ON, ROWS, COLUMNS, ADCS = 7, 128, 128, 16
"""What Table 3's energies are of (Table 2)."""
ARRAY_SETS_PJ = 3177.75
"""Table 6: the whole array, one plane with all rows on, before layout."""
PLANE_GROUPS = 19

CONTROL_FLIP_FLOPS = 1895
"""The controller's, which the paper leaves out of Table 5: 26.96 pJ over a flip-flop's."""
CONTROL_INVERTERS, SHIFT_ADD_INVERTERS, ACCUMULATOR_INVERTERS = 10_485, 2_133, 10_869
"""Table 5: other gates, counted in inverters of the same area."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many of each a macro has.

    Attributes
    ----------
    shifters, cells : int
        Word-, bit- and source-lines of the physical array, which has a reference column beside
        every data column and as many rows: 256 x 256 for 128 x 128 cells in computation.
    shift_add_flip_flops, shift_add_adders : int
        Adders of `adc_bits` bits for every precision above 1.
    sum_flip_flops, sum_adders : int
        The accumulators'; adders for every precision, a bit narrower than Table 4's registers.
    control, shift_add_inverters, sum_inverters, control_inverters : float
        Scaled from the published macro by its word-lines and by its ADCs.
    """

    shifters: int
    cells: int
    shift_add_flip_flops: int
    shift_add_adders: int
    sum_flip_flops: int
    sum_adders: int
    control: float
    shift_add_inverters: float
    sum_inverters: float
    control_inverters: float

    @classmethod
    def of(cls, params: MacroParams) -> "Counts":
        """Count a macro's parts."""
        rows, columns = 2 * params.rows, 2 * params.columns
        adcs, lines = params.adcs / ADCS, params.rows / ROWS
        return cls(
            shifters=rows + 2 * columns,
            cells=rows * columns,
            shift_add_flip_flops=params.adcs * params.shift_add.partial_bits,
            shift_add_adders=params.adcs * params.adc_bits * (len(params.precisions) - 1),
            sum_flip_flops=params.adcs * params.accumulator.flip_flops,
            sum_adders=params.adcs * sum(width - 1 for width in sum_widths(params).values()),
            control=CONTROL_FLIP_FLOPS * lines,
            shift_add_inverters=SHIFT_ADD_INVERTERS * adcs,
            sum_inverters=ACCUMULATOR_INVERTERS * adcs,
            control_inverters=CONTROL_INVERTERS * lines,
        )


def sum_widths(params: MacroParams) -> dict[int, int]:
    """Return Table 4's accumulator widths by precision: a partial sum, and room for all groups."""
    groups = -(-params.rows // params.controller.rows_at_once)
    return {
        bits: ShiftAddParams(share=bits, adc_bits=params.adc_bits).partial_bits
        + (groups - 1).bit_length()
        for bits in params.precisions
    }


def analog_area(params: MacroParams) -> dict[str, float]:
    """Return square micrometres by module, as Table 3 names them."""
    counts = Counts.of(params)
    return {
        "Level shifter": counts.shifters * SHIFTER_UM2 * ALPHA,
        "Mux": params.columns * MUX_UM2,
        "ADC": params.adcs * ADC_UM2,
        "Array": counts.cells * CELL_UM2,
    }


def digital_area(params: MacroParams) -> dict[str, float]:
    """Return square micrometres by module, as Table 5 names them."""
    counts = Counts.of(params)
    return {
        "Shift-add DFF": counts.shift_add_flip_flops * FLIP_FLOP_UM2,
        "Shift-add adder": counts.shift_add_adders * ADDER_UM2,
        "Shift-add inverter": counts.shift_add_inverters * INVERTER_UM2,
        "Accumulator DFF": counts.sum_flip_flops * FLIP_FLOP_UM2,
        "Accumulator adder": counts.sum_adders * ADDER_UM2,
        "Accumulator inverter": counts.sum_inverters * INVERTER_UM2,
        "Control DFF": counts.control * FLIP_FLOP_UM2,
        "Control inverter": counts.control_inverters * INVERTER_UM2,
    }


def cycle_ns() -> float:
    """Return the sensing cycle, which is the clock's: all analog modules in line, times beta."""
    path = (SHIFTER_NS, MUX_NS, ADC_NS, ARRAY_NS, MUX_DECODER_NS, ENCODER_NS)
    return sum(path) * BETA


def analog_energy(params: MacroParams, rows_on: float | None = None) -> dict[str, float]:
    """Return picojoules of a set by module, with so many word-lines on; default: all of a group."""
    on = (params.controller.rows_at_once if rows_on is None else rows_on) / ROWS_ON
    wide = params.columns / COLUMNS
    comparators = params.adcs * params.adc.amplifiers / (ADCS * ROWS_ON)
    return {
        "Level shifter": SHIFTER_PJ * on,
        "Mux": MUX_PJ * wide,
        "ADC": ADC_PJ * comparators,
        "Array": ARRAY_PJ * on * wide,
    }


def digital_energy(
    params: MacroParams, *, gamma: float = GAMMA, delta: float = DELTA
) -> dict[str, float]:
    """Return picojoules of a set by module, with the flip-flops' and the adders' activity."""
    counts = Counts.of(params)
    return {
        "Shift-add DFF": counts.shift_add_flip_flops * FLIP_FLOP_PJ * gamma,
        "Shift-add adder": counts.shift_add_adders * ADDER_PJ * delta,
        "Shift-add inverter": counts.shift_add_inverters * INVERTER_PJ * EPSILON,
        "Accumulator DFF": counts.sum_flip_flops * FLIP_FLOP_PJ * gamma,
        "Accumulator adder": counts.sum_adders * SUM_ADDER_PJ * delta,
        "Accumulator inverter": counts.sum_inverters * INVERTER_PJ * EPSILON,
        "Control DFF": counts.control * FLIP_FLOP_PJ * ZETA,
        "Control inverter": counts.control_inverters * INVERTER_PJ * EPSILON,
    }


def total(parts: Mapping[str, float]) -> float:
    """Return the sum of modules."""
    return sum(parts.values())


PUBLISHED = MacroParams()
SETS_PER_GROUP = (
    ARRAY_SETS_PJ
    / PLANE_GROUPS
    / (total(analog_energy(PUBLISHED)) + total(digital_energy(PUBLISHED)))
)
"""1.742: Table 6 over Tables 3 and 5."""

ENERGY_MODEL = (
    "Lu 2021, Tables 3, 5 and 6: reading only, after layout; level shifters and cells by the "
    "word-lines asserted, the rest by groups"
)


@dataclass(frozen=True, kw_only=True)
class Activity:
    """What a run did.

    Attributes
    ----------
    groups : float
        Groups of word-lines, each with a conversion of every column.
    asserted : float
        Word-lines asserted, each as often as it was.
    """

    groups: float
    asserted: float

    def __add__(self, other: "Activity") -> "Activity":
        return Activity(groups=self.groups + other.groups, asserted=self.asserted + other.asserted)


def energy_pj(activity: Activity, params: MacroParams, *, layout: bool = True) -> float:
    """Return the picojoules that a run took, after layout or before."""
    fixed = total(analog_energy(params, 0)) + total(digital_energy(params))
    per_row = total(analog_energy(params, 1)) - total(analog_energy(params, 0))
    sets = activity.groups * fixed + activity.asserted * per_row
    return sets * SETS_PER_GROUP * (ETA if layout else 1)
