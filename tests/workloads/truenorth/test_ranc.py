"""RANC's images and vectors: its own where they are, and a small one written here."""

import os
import tarfile
from pathlib import Path

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.model.paths import ROOT
from goldspike.model.truenorth.shared.steps import Steps
from goldspike.workloads.dataset import load_dataset
from goldspike.workloads.truenorth.ranc import (
    GRIDS,
    Grid,
    answers,
    images_as_spikes,
    load_ranc,
    unpacked,
)

SHARED = Path(os.environ.get("GOLDSPIKE_DATA", ROOT / ".." / "shared" / "data"))
VECTORS = SHARED / "ranc" / "ranc_vectors.tar.xz"
PACKETS = {"vmm": 372, "tea/128": 220, "tea/256": 539, "tea/512": 569, "tea/512_128": 189}
STEPS = {"vmm": 107}


@pytest.fixture(scope="module")
def vectors():
    if not VECTORS.is_file():
        pytest.skip("RANC's vectors are not there; set GOLDSPIKE_DATA to a folder that holds ranc/")
    with unpacked(VECTORS) as folder:
        yield folder


@pytest.mark.parametrize("name", GRIDS)
def test_its_vectors_give_its_packets_in_every_step(name: str, vectors: Path) -> None:
    ranc = load_ranc(vectors, name)
    run = Steps(ranc.images, ranc.columns, ranc.rows, ranc.params).run(ranc.inputs, ranc.steps)
    assert len(ranc.wanted) == STEPS.get(name, 10)
    assert sum(map(len, ranc.wanted)) == PACKETS[name]
    assert ranc.found(run.outputs) == ranc.wanted


def test_its_network_reads_mnist(vectors: Path) -> None:
    if not (SHARED / "mnist").is_dir():
        pytest.skip("MNIST is not there; set GOLDSPIKE_DATA to a folder that holds mnist/")
    ranc, data = load_ranc(vectors, "tea/256"), load_dataset(SHARED / "mnist")
    assert sum(image is not None for image in ranc.images) == 11
    array = Steps(ranc.images, ranc.columns, ranc.rows, ranc.params)
    run = array.run(images_as_spikes(data.x.reshape(len(data), -1)), 2, len(data))
    right = (answers(run.outputs, len(data)) == data.y).mean()
    assert round(100 * right, 1) == 94.0


GRID = Grid(2, 2, (0, 1))


def number(value: int, bits: int = 9) -> str:
    return f"{value % (1 << bits):0{bits}b}"


def neuron(axons: str, dx: int, dy: int, axon: int, tick: int, alpha: int = 2) -> str:
    """A neuron of weights 1, 2, -1, 0 that starts at 1 and is reset to -3."""
    numbers = [1, -3, 1, 2, -1, 0, 0, alpha, -5]
    place = number(dx) + number(dy) + number(axon, 2) + number(tick, 4)
    return axons + "".join(map(number, numbers)) + "0" + place


def write(folder: Path, **changed: str) -> Path:
    """Write three cores of 4 axons and 2 neurons; the fourth place of two by two is empty.

    Core 0 sends to core 1, three steps later, and to the output, which is north of it.
    """
    idle = neuron("0000", 0, 0, 0, 0)
    files = {
        "csram_000.mem": f"/* a comment\n of 2 lines */{neuron('0011', 1, 0, 3, 2)}\n"
        + neuron("1000", 0, 1, 2, 0),
        "csram_001.mem": f"{neuron('1000', -1, 1, 1, 0)} // to the output\n{idle}\n",
        "csram_002.mem": f"{idle}\n{idle}\n",
        "tc_000.mem": "00\n00\n11\n01\n",
        "tc_001.mem": "00\n01\n10\n00\n",
        "tc_002.mem": "00\n" * 4,
        "tb_num_inputs.txt": "1\n0\n1\n",
        "tb_input.txt": "\n".join(
            number(0) + number(0) + number(a, 2) + number(t, 4) for a, t in ((1, 0), (3, 1))
        ),
        "tb_num_outputs.txt": "0\n0\n0\n2\n",
        "tb_correct.txt": "01\n10\n",
    }
    place = folder / "small"
    place.mkdir()
    for name, text in (files | {k.replace("__", "."): v for k, v in changed.items()}).items():
        (place / name).write_text(text)
    return folder


def test_a_small_one_is_read_as_written(tmp_path: Path) -> None:
    ranc = load_ranc(write(tmp_path), "small", GRID)
    assert [image is not None for image in ranc.images] == [True, True, False, False]
    first = ranc.images[0]
    assert first is not None
    np.testing.assert_array_equal(first.connected.T, [[1, 1, 0, 0], [0, 0, 0, 1]])
    np.testing.assert_array_equal(first.types, [0, 0, 3, 1])
    fields = first.neurons
    assert fields["potential"].tolist() == [1, 1]
    assert fields["reset"].tolist() == [-3, -3]
    assert fields["weights"].tolist() == [[1, 2, -1, 0]] * 2
    assert fields["alpha"].tolist() == [2, 2]
    assert fields["beta"].tolist() == [5, 5]
    assert not fields["gamma"].any()
    assert fields[["dx", "dy", "axon", "delay"]].tolist() == [(1, 0, 3, 3), (2, 0, 2, 1)]
    assert ranc.inputs.tolist() == [(0, 0, 0, 1), (0, 3, 0, 3)]
    # step 0: neuron 0 fires, and core 1 is reached in step 3, which fires; the second input is
    # there in step 3 too; both leave
    run = Steps(ranc.images, 2, 2, ranc.params).run(ranc.inputs, 8)
    assert [(s, a) for _, s, _, _, a in run.outputs.tolist()] == [(4, 2), (4, 1)]
    assert ranc.latency == 0
    assert ranc.found(run.outputs) == ranc.wanted == (frozenset(),) * 3 + (frozenset({1, 2}),)


def test_a_tar_is_unpacked_and_removed_again(tmp_path: Path) -> None:
    write(tmp_path)
    archive = tmp_path / "all.tar.xz"
    with tarfile.open(archive, "w:xz") as tar:
        tar.add(tmp_path / "small", "ranc/small")
    with unpacked(archive) as folder:
        assert load_ranc(folder, "small", GRID).params.axons == 4
    assert not folder.exists()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"tb_num_inputs__txt": "1\n0\n2\n"}, r"tb_input\.txt: expected 3 lines, not 2"),
        ({"tb_input__txt": "0\n1\n"}, r"tb_input\.txt: expected 24 bits, not '0'"),
        ({"tb_correct__txt": "01\n2\n"}, r"expected digits 0\.\.1 in line 2, not '2'"),
        ({"csram_001__mem": "01\n01\n"}, r"csram_001\.mem: expected 110 bits for neuron 0, not 2"),
        ({"tc_003__mem": ""}, "of 2 x 2 cores, not 3 and 4"),
        ({"csram_000__mem": "\n".join([neuron("0011", 1, 0, 3, 2, alpha=-1)] * 2)},
         r"csram_000\.mem: neuron 0 has alpha -1; expected 0\.\."),
    ],
)  # fmt: skip
def test_damaged_files_are_named(changed: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        load_ranc(write(tmp_path, **changed), "small", GRID)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a folder vmm with RANC's vectors"):
        load_ranc(tmp_path, "vmm")
    with pytest.raises(InputError, match=r"Expected one of vmm, tea/128, .*, not 'tea/64'"):
        load_ranc(tmp_path, "tea/64")
    text = tmp_path / "no.tar"
    text.write_text("no")
    with pytest.raises(InputError, match=r"no\.tar: expected a folder or a \.tar"), unpacked(text):
        pass
