"""Numbers on the command line: a limit each, and nothing that means nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from goldspike.cli import main

Refuse = Callable[..., None]

SIM = "sim mubrain --net net.npz --samples 2"
IMC = "sim imc --samples 2"
EV = "sim mubrain --net net.npz"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        *[(f"{SIM} --set window={n}", "window") for n in (2**32, 10**12, 2**40, 2**64, 10**400)],
        (f"{SIM} --set window=4294967295 --set rate_max=1e7 --set rate_min=1e6", "memory"),
        (f"{SIM} --set tick_ns=1e-300", "tick_ns"),
        (f"{SIM} --set tick_ns=1e300", "tick_ns"),
        (f"{SIM} --set rate_max=1e308", "rate"),
        (f"{SIM} --set delay_load=1000000000", "at most 4294967295 ticks (42.9 s)"),
        (f"{SIM} --set delay_recover=60000000", "at most 4294967295 ticks (42.9 s)"),
        (f"{SIM} --set delay_load={10**30}", "delay load"),
        (f"{SIM} --set seed=-1", "seed"),
        (f"{SIM} --samples {10**30}", "samples"),
        (f"{SIM} --samples {'9' * 5000}", "samples"),
        (f"{SIM} --jobs {10**30}", "jobs"),
        (
            f"{EV} --events events.csv --set delay_load={10**9} --set delay_select={10**9}",
            "4294967295",
        ),
        (f"{EV} --events pixels.csv --sensor {10**20}x{10**20} --json o.json", "WIDTHxHEIGHT"),
        (f"{EV} --events pixels.csv --sensor 1000000x1000000 --json o.json", "1..32768"),
        (f"{EV} --events pixels.csv --sensor {'9' * 5000}x2 --json o.json", "WIDTHxHEIGHT"),
        (f"{EV} --events events.csv --from 1e999999 --json o.json", "--from"),
        (f"{EV} --events events.csv --to {10**40} --json o.json", "--to"),
        *[(f"{IMC} --set {name}={value}", name)
          for name in ("word_bits", "rows_per_tick", "depth", "replicas")
          for value in (0, -1, 10**9, 10**30)],
        ("train mubrain --out o.npz --set sizes=1048576,64,10", "sizes"),
        ("train mubrain --out o.npz --set sizes=256,1000000000,10", "sizes"),
        (f"train mubrain --out o.npz --set sizes=256,{10**400},10", "sizes"),
        (f"train mubrain --out o.npz --set sizes={10**400},10", "sizes"),
        *[(f"train mubrain --out o.npz --set {name}={10**400}", name)
          for name in ("threshold", "window", "epochs", "batch", "shift", "weight_bits")],
        *[(f"train mubrain --out o.npz --set {name}=1e308", name)
          for name in ("rate_max", "learning_rate", "sharpness", "quiet", "input_noise",
                       "hidden_noise")],
        (f"train mubrain --out o.npz --seed {10**400}", "seed"),
        (f"train mubrain --out o.npz --seed -{10**400}", "seed"),
        ("import graph.nir --out o.npz --dt 1e999", "dt"),
        ("import graph.nir --out o.npz --dt nan", "dt"),
        ("import graph.nir --out o.npz --gain 1e999", "gain"),
        (f"import graph.nir --out o.npz --set window={10**400}", "window"),
        (f"verify mubrain/neuron --driver arrays --steps {10**12}", "memory"),
        (f"verify mubrain/neuron --seed {10**30}", "seed"),
        (f"verify mubrain/neuron --random {10**30}", "random"),
        (f"vectors mubrain/neuron --steps {10**12}", "memory"),
        (f"vectors mubrain/neuron --steps {'9' * 5000}", "steps"),
        (f"waves mubrain/neuron --seed {10**30}", "seed"),
        *[(f"verify mubrain/arbiter --config inputs={n}", "inputs") for n in (0, 10**9, 10**30)],
    ],
)  # fmt: skip
def test_numbers_have_limits(refuse: Refuse, command: str, words: str) -> None:
    refuse(command, words)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("verify mubrain/neuron --random 1 --config nope", "--config"),
        ("verify mubrain/neuron --random 1 --config published", "--config"),
        ("verify mubrain/neuron --random 1 --steps 1000", "--steps"),
        ("verify mubrain/neuron --random 1 --driver cocotb", "cocotb"),
        ("verify mubrain/neuron --random 0", "random"),
        ("verify mubrain/neuron --random -1", "random"),
        ("prove mubrain/neuron --quick --timeout 0", "timeout"),
        ("prove mubrain/neuron --quick --timeout -1", "timeout"),
        ("mutate mubrain/neuron --count 0", "mutants"),
        ("mutate mubrain/neuron --count -1", "mutants"),
        ("coverage --page --seed 2", "seed"),
        ("coverage --page mubrain/neuron", "circuit"),
        ("coverage mubrain/neuron --seed=--", "seed"),
        ("gates mubrain/cell/neuron", "no clock"),
        ("sweep mubrain --set seed=1 --set seed=2", "twice"),
        (f"{SIM} --set rate_max=50", "rate_min"),
        (f"{SIM} --set rate_min=60 --set rate_max=50", "rate_min"),
        (f"{SIM} --set rate_max=50 --set rate_min=60", "rate_min"),
    ],
)
def test_silent_nonsense(refuse: Refuse, command: str, words: str) -> None:
    refuse(command, words)


@pytest.mark.parametrize(
    "order",
    ["--set rate_min=1000 --set rate_max=30000", "--set rate_max=30000 --set rate_min=1000"],
)
def test_settings_may_come_in_any_order(here: Path, order: str) -> None:
    assert main(f"{SIM} --set window=2000 {order} --json new/o.json".split()) == 0
