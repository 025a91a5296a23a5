"""What all fuzzers need: a folder with good files, and what must hold however a command ends.

Every test runs in a short form, and, marked slow, in a long one. Time and memory are bounded: what
would need more than a small share of the memory is refused, and that bounds the events and images
that a run can have.
"""

import contextlib
import io
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

from goldspike.cli import main
from goldspike.model import limits
from goldspike.model.files import save_npz
from goldspike.model.paths import ROOT
from goldspike.workloads.imc.network import load_cnn, save_cnn
from goldspike.workloads.nir_graph import write_chain

MEMORY = 64 << 20
LONGEST_S = 20

NET = {"w1": np.ones((256, 64), np.int8), "w2": np.ones((64, 10), np.int8)}
BARS = {"x": np.full((6, 4, 4), 200, np.uint8), "y": np.arange(6) % 2, "split": np.arange(6) % 2}

FEW = settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[*HealthCheck],  # type: ignore[list-item]
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Stand in a folder with one good file of every format."""
    folder = tmp_path_factory.mktemp("fuzz")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(limits, "memory", lambda: 4 * MEMORY)
        save_npz("net.npz", **NET)
        save_npz("data.npz", **BARS)
        save_npz("events.npz", t=np.arange(3), x=np.arange(3), y=np.arange(3))
        Path("events.csv").write_text("t_us,address\n1,0\n50,255\n90,3\n")
        cnn, _ = load_cnn(ROOT / "nets" / "imc_digits.npz")
        save_cnn("cnn.npz", cnn, {"side": 8})
        write_chain("graph.nir", list(NET.values()), 64, {"window": 1000})
        yield folder


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.slow)], ids=["short", "long"])
def fuzz(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return a function that runs something on what a strategy draws: few times, or many."""

    def run(strategy: SearchStrategy[Any], act: Callable[[Any], None], few: int, many: int) -> None:
        chosen = settings(FEW, max_examples=few)
        if request.param:
            chosen = settings(FEW, max_examples=many, derandomize=False)
        chosen(given(strategy)(act))()

    return run


@pytest.fixture
def attempt(corpus: Path) -> Callable[[Sequence[str]], None]:
    """Return a function that runs a command and insists on what holds for all."""

    def run(arguments: Sequence[str]) -> None:
        before = {path: path.read_bytes() for path in corpus.iterdir() if path.is_file()}
        shown, said = io.StringIO(), io.StringIO()
        begin = time.process_time()
        with (
            contextlib.redirect_stdout(shown),
            contextlib.redirect_stderr(said),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("error", RuntimeWarning)  # it would be a line on stderr
            try:
                code = main([*arguments])
            except SystemExit as ended:  # argparse ends by itself
                code = ended.code
        assert code in (0, 1, 2), (arguments, code)
        if code == 2:
            assert said.getvalue().count("\n") == 1 and len(said.getvalue()) < 4000, said.getvalue()
            assert said.getvalue().startswith("goldspike")
        assert time.process_time() - begin < LONGEST_S
        read = inputs_of(arguments)
        changed = [path for path, content in before.items() if path.read_bytes() != content]
        for path in changed:
            path.write_bytes(before[path])  # an output may replace what the command does not read
        for path in {*corpus.iterdir()} - {*before}:
            if path.is_file():
                path.unlink()
        assert not read & {path.name for path in changed}

    return run


WRITTEN = ("--json", "--out", "--out-events", "--raster")


def inputs_of(arguments: Sequence[str]) -> set[str]:
    """Return the files that a command may read: all names that are no output's alone."""
    found, before = set(), ""
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if equals and name.startswith("--"):
            found |= {value} if name not in WRITTEN else set()
        elif before not in WRITTEN:
            found.add(argument)
        before = argument
    return found
