"""Whatever stands behind an option: an exit code in 0, 1, 2, and one line if it is 2."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from goldspike.chips import load_chip

Fuzz = Callable[..., None]
Attempt = Callable[..., None]

ODD_TEXTS = (
    "", " ", "0", "-1", "1", "2", "7.5", "1e9", "1e-9", "1e308", "-1e308", "1e999",
    "nan", "inf", "-inf",
    "4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "1" * 5000, "abc",
    "µ", "a\nb", "\0", "a,b", ",", "1,2", "0,1", "1,2,3", "True", "1_000", "٣", "0x10", "--", "=",
    "data.npz", "net.npz", "events.csv", "graph.nir", "cnn.npz", ".", "/", "/dev/null", "a" * 300,
    "\udcff", "none.npz", "out/new.json",
)  # fmt: skip
texts = st.one_of(
    st.sampled_from(ODD_TEXTS),
    st.integers(-(2**70), 2**70).map(str),
    st.floats().map(str),
    st.text(max_size=5),
)

SIM = "sim mubrain --net net.npz --data data.npz --samples 2 --set window=2000 --json out/o.json"
IMC = "sim imc --net cnn.npz --data data.npz --samples 1 --json out/i.json"
RRAM = "sim rram --data data.npz --samples 1 --json out/r.json"
TRAIN = "train mubrain --data data.npz --out out/t.npz --set sizes=16,3,2 --set shift=0"
SWEEP = (
    "sweep mubrain --net net.npz --data data.npz --samples 1 --set window=2000 --json out/s.json"
)
COMMANDS: dict[str, tuple[str, ...]] = {
    SIM: ("--net", "--data", "--engine", "--samples", "--config", "--jobs", "--json", "--sensor"),
    IMC: ("--net", "--data", "--engine", "--samples", "--config", "--jobs", "--json", "--events"),
    SWEEP: ("--net", "--data", "--engine", "--samples", "--config", "--jobs", "--json", "--set"),
    "sim mubrain --net net.npz --events events.csv --json out/e.json": (
        "--events", "--unit", "--sensor", "--polarity", "--columns", "--from", "--to",
        "--out-events", "--raster", "--json", "--samples", "--net", "--jobs", "--data",
    ),
    "sim mubrain --net net.npz --events events.npz --sensor 16x16 --json out/e.json": (
        "--events", "--unit", "--sensor", "--polarity", "--columns", "--from", "--to",
    ),
    TRAIN: ("--data", "--out", "--seed"),
    "export net.npz --out out/x.nir": ("--out", "--chip"),
    "import graph.nir --out out/g.npz": (
        "--out", "--chip", "--data", "--samples", "--gain", "--dt", "--time-step", "--json",
    ),
    "list": ("--nothing",),
    "verify mubrain/none": ("--config", "--seed", "--steps", "--driver", "--random"),
    "vectors mubrain/none": ("--config", "--seed", "--steps", "--out"),
    "waves mubrain/none": ("--config", "--seed", "--out"),
    "verilog mubrain/none": ("--config", "--realisation", "--out"),
    "prove mubrain/none": ("--config", "--timeout"),
    "mutate mubrain/none": ("--config", "--seed", "--count"),
    "gates mubrain/none": ("--config", "--seed"),
    "coverage mubrain/none": ("--config", "--seed"),
    "report none": ("--out",),
}  # fmt: skip
"""Commands that end soon, each with options that are given odd values."""

NOT_RUN = {"--engine": ("rtl", "lockstep")}
"""Values that would compile a circuit."""


@st.composite
def options(draw: Any) -> list[str]:
    """Draw a command with one to three odd options."""
    command = draw(st.sampled_from(sorted(COMMANDS)))
    arguments = command.split()
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(COMMANDS[command]))
        value = draw(texts.filter(lambda v, name=name: v not in NOT_RUN.get(name, ())))
        arguments += [name, value] if draw(st.booleans()) else [f"{name}={value}"]
    end = ["--set", "epochs=1"] if command.startswith("train") else []
    return [*arguments, *end]


@st.composite
def assignments(draw: Any) -> list[str]:
    """Draw a command with one to three odd settings, of a grid with several values."""
    mubrain, imc, rram = map(load_chip, ("mubrain", "imc", "rram"))
    command, group = draw(
        st.sampled_from(
            (
                (SIM, mubrain.settings),
                (SWEEP, mubrain.settings),
                (IMC, imc.settings),
                (RRAM, rram.settings),
                (TRAIN, mubrain.trainer.settings),  # type: ignore[attr-defined]
            )
        )
    )
    arguments = command.split()
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from([*sorted(group), "none"]))
        mark = draw(st.sampled_from(",/")) if command == SWEEP else ""
        more = f"{mark}{draw(texts)}" if mark and draw(st.booleans()) else ""
        arguments += ["--set", f"{name}={draw(texts)}{more}"]
    return arguments + (["--set", "epochs=1"] if command.startswith("train") else [])


def test_options(fuzz: Fuzz, attempt: Attempt) -> None:
    fuzz(options(), attempt, few=10, many=3000)  # type: ignore[call-arg]


def test_settings(fuzz: Fuzz, attempt: Attempt) -> None:
    fuzz(assignments(), attempt, few=10, many=1500)  # type: ignore[call-arg]
