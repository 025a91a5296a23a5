"""What a command writes: never over what it reads or what ships, and only where a file can be."""

from collections.abc import Callable

import pytest

from goldspike.model.paths import ROOT

Refuse = Callable[..., None]

READS = "but this run reads it."
THERE_TOO = "there too."
SIM = "sim mubrain --net net.npz --samples 2"
IMC = "sim imc --samples 2"
EV = "sim mubrain --net net.npz"
SWEEP = "sweep mubrain --net net.npz --samples 1 --set window=1000,2000"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (f"{SIM} --data data.npz --json data.json", READS),
        (f"{SIM} --data data.npz --json data.npz", READS),
        (f"{SIM} --data data.npz --json again.json", READS),
        (f"{SIM} --data data.npz --json hard.json", READS),
        (f"{SIM} --data again.npz --json data.json", READS),
        (f"{SIM} --data data.npz --json ./idx/../data.json", READS),
        (f"{SIM} --data data.npz --json net.json", READS),
        (f"{SIM} --data idx --json idx/t10k-images-idx3-ubyte", "which is read"),
        (f"{SIM} --data idx --json idx/out.json", "which is read"),
        (f"{SIM} --data data.npz --json out.npz", THERE_TOO),
        (f"{SIM} --json {ROOT}/data/digits.json", "ships with goldspike"),
        (f"{SIM} --json {ROOT}/nets/mnist.json", "ships with goldspike"),
        (f"{IMC} --data data.npz --json data.json", READS),
        (f"{IMC} --net cnn.npz --json cnn.json", READS),
        (f"{IMC} --json {ROOT}/data/digits.json", "ships with goldspike"),
        (f"{EV} --events events.csv --json events.csv", READS),
        (f"{EV} --events events.csv --json events.json", READS),
        (f"{EV} --events events.npz --json o.json --out-events events.npz", READS),
        (f"{EV} --events events.csv --json o.json --raster net.npz", READS),
        (f"{EV} --events events.csv --json o.csv", THERE_TOO),
        (f"{EV} --events events.csv --json o.png", THERE_TOO),
        (f"{EV} --events events.csv --json o.json --raster o.json", THERE_TOO),
        (f"{EV} --events events.csv --json o.json --out-events o.csv --raster o.csv", THERE_TOO),
        (f"{EV} --events classes --json classes/0/o.json", "which is read"),
        (f"{SWEEP} --data data.npz --json data.npz", READS),
        (f"{SWEEP} --data data.npz --json net.npz", READS),
        (f"{SWEEP} --data again.npz --json hard.npz", READS),
        (f"{SWEEP} --data idx --json idx/s.json", "which is read"),
        (f"{SWEEP} --json {ROOT}/nets/mubrain_40nm.npz", "ships with goldspike"),
        (f"sweep mubrain --config mnist,40nm --json {ROOT}/nets/mubrain_40nm.npz", READS),
        ("sweep imc --net cnn.npz --set depth=512 --json cnn.npz", READS),
        ("train mubrain --data data.npz --out data.npz", READS),
        ("train mubrain --data data.npz --out hard.npz", READS),
        ("train mubrain --data idx --out idx/net.npz", "which is read"),
        (f"train mubrain --out {ROOT}/data/digits.npz", "ships with goldspike"),
        (f"train mubrain --out {ROOT}/nets/digits.npz", "ships with goldspike"),
        ("import graph.nir --out graph.nir", READS),
        ("import graph.nir --out o.npz --json o.npz", THERE_TOO),
        ("import graph.nir --out o.npz --json graph.nir", READS),
        ("import graph.nir --out data.npz --data data.npz", READS),
        (f"import graph.nir --out {ROOT}/nets/digits.npz", "ships with goldspike"),
        ("export net.npz --out net.npz", READS),
        ("export net.npz --out ./idx/../net.npz", READS),
        (f"export net.npz --out {ROOT}/nets/digits_snntorch.nir", "ships with goldspike"),
        ("report imc-mapping -o data.npz", "data.npz"),
        ("vectors timing/edge_detector -o data.npz", "data.npz"),
        ("waves timing/edge_detector -o data.npz", "data.npz"),
        ("verilog timing/edge_detector -o data.npz", "data.npz"),
        (f"waves timing/edge_detector -o {ROOT}/nets", "ships"),
        (f"report imc-mapping -o {ROOT}/data", "ships"),
        (f"verilog timing/cell/edge_detector -o {ROOT}/hdl/timing", READS),
    ],
)
def test_no_output_over_an_input(refuse: Refuse, command: str, words: str) -> None:
    refuse(command, words)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (f"{SIM} --json loop.json", "link that leads to itself"),
        (f"{SIM} --json pipe.npz", "pipe"),
        (f"{SIM} --json pipe.json", "pipe"),
        (f"{SIM} --json /dev/full", "device"),
        (f"{SIM} --json idx", "folder"),
        (f"{SWEEP} --json idx", "folder"),
        (f"{SWEEP} --json pipe.csv", "pipe"),
        (f"{SWEEP} --json /dev/full", "device"),
        (f"{SWEEP} --data pipe.npz", "it is a pipe"),
        (f"{SIM} --json .", "name of a file"),
        (f"{SIM} --json /", "name of a file"),
        (f"{SIM} --json data.npz/o.json", "not a directory"),
        (f"{SIM} --json {'a' * 252}.json", "file name too long"),
        (f"{SIM} --json {'a/' * 3000}o.json", "too long"),
        (f"train mubrain --out {'a' * 250}", "file name too long"),
        ("export net.npz --out pipe.csv", "pipe"),
        (f"{EV} --events events.csv --json o.json --raster pipe.csv", "pipe"),
        (f"{EV} --events pipe.csv --json o.json", "it is a pipe"),
        (f"{EV} --events zero.csv --json o.json", "it is a device"),
        (f"{EV} --events idx --json o.json", "idx"),
        (f"{SIM} --data pipe.npz", "it is a pipe"),
        (f"{SIM} --data {'a' * 300}", "file name too long"),
        ("sim mubrain --net pipe.npz", "it is a pipe"),
        ("sim imc --net pipe.npz", "it is a pipe"),
        ("sim mubrain --net idx", "it is a folder"),
        ("import pipe.npz --out o.npz", "it is a pipe"),
        ("import idx --out o.npz", "it is a folder"),
        ("export pipe.npz --out o.nir", "it is a pipe"),
        ("train mubrain --data pipe.npz --out o.npz", "it is a pipe"),
    ],
)
def test_special_files(refuse: Refuse, command: str, words: str) -> None:
    refuse(command, words)


@pytest.mark.parametrize("option", ["--data", "--net", "--events", "--json", "--set", "--engine"])
def test_names_with_line_breaks_stay_in_the_line(refuse: Refuse, option: str) -> None:
    name = "pipe.npz/a\nb\r\x1b[31m.npz" if option == "--json" else "a\nb\r\x1b[31m.npz"
    refuse(["sim", "mubrain", option, name], r"a\nb\r\x1b[31m")


@pytest.mark.parametrize(
    "command",
    [["sim", "a\nb"], ["verify", "a\nb"], ["a\nb"], ["list", "a\nb"], ["sim", "mubrain", "--a\nb"]],
)
def test_words_with_line_breaks_stay_in_the_line(refuse: Refuse, command: list[str]) -> None:
    refuse(command, r"a\nb")
