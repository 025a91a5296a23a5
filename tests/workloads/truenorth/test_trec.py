"""Questions on the core: the recurrent layer against a plain one; files; the network that ships."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.model.files import load_npz, save_npz
from goldspike.model.truenorth.shared.steps import Steps
from goldspike.workloads.truenorth import trec
from goldspike.workloads.truenorth.mapping import WINDOW, counts, spikes
from goldspike.workloads.truenorth.trec import CLASSES, HIDDEN, INPUTS, Questions, TrecNet

WORDS = ("why", "how", "'s", "0000", "moon", "?")


def random_net(seed: int, *, backwards: bool = False) -> TrecNet:
    rng = np.random.default_rng(seed)
    return TrecNet(
        hashes=np.sort(np.array([trec.word_hash(word) for word in WORDS], np.uint64)),
        levels=rng.integers(0, 16, (len(WORDS) + 1, INPUTS)).astype(np.uint8),
        inputs=rng.integers(-8, 8, (INPUTS, HIDDEN)).astype(np.int8),
        recurrent=rng.integers(-8, 8, (HIDDEN, HIDDEN)).astype(np.int8),
        readout=rng.integers(-8, 8, (HIDDEN, len(CLASSES))).astype(np.int8),
        threshold=25,
        backwards=backwards,
    )


def plain(net: TrecNet, levels: np.ndarray) -> np.ndarray:
    """Return what the 16 neurons fire per window, (words, 16), without cores, axons and copies."""
    left = np.zeros(HIDDEN, int)
    fired = np.zeros((len(levels) * WINDOW, HIDDEN), int)
    for t in range(len(fired)):
        row, k = levels[t // WINDOW].astype(int), t % WINDOW
        on = ((k + 1) * row // WINDOW > k * row // WINDOW).astype(int)
        before = fired[t - WINDOW] if t >= WINDOW else np.zeros(HIDDEN, int)
        left = np.maximum(left + on @ net.inputs + before @ net.recurrent, 0)
        fired[t] = left >= net.threshold
        left = left - net.threshold * fired[t]
    return fired.reshape(len(levels), WINDOW, HIDDEN).sum(axis=1)


def classes(net: TrecNet, data: Questions) -> np.ndarray:
    """Return the answers of the step model."""
    inputs, steps = trec.encode(net, data.texts)
    run = Steps([trec.image(net)]).run(inputs, steps)
    assert not run.merged.any()
    return trec.decode(net, run.outputs, steps)


def test_the_core_gives_the_levels_of_the_plain_network() -> None:
    rng = np.random.default_rng(5)
    for seed, words in ((1, 1), (2, 6), (3, 12)):
        net = random_net(seed)
        levels = rng.integers(0, 16, (words, INPUTS))
        inputs = spikes(levels, np.zeros(words, int), np.arange(words))
        run = Steps([trec.image(net)]).run(inputs, words * WINDOW)
        expected = plain(net, levels)
        np.testing.assert_array_equal(counts(run.outputs, 1, words, HIDDEN)[0], expected)
        assert words == 1 or 0 < expected[1:].mean() < WINDOW  # neither silent nor full


def test_a_core_is_full_of_axons_and_holds_five_copies() -> None:
    image = trec.image(random_net(0))
    assert image.connected.any(axis=1).all()
    assert image.connected[:, :80].any(axis=0).all()
    assert not image.connected[:, 80:].any()
    assert np.bincount(image.neurons["delay"][:80]).tolist() == [0, 16] + [0] * 13 + [64]


@pytest.mark.parametrize("backwards", [False, True])
def test_many_questions_at_once_answer_as_plain_networks_do(backwards: bool) -> None:
    net = random_net(7, backwards=backwards)
    texts = ("How?", "Why 's moon moon?", "unheard why how moon ?", "1999")
    rows = {word: 1 + list(net.hashes).index(trec.word_hash(word)) for word in WORDS}
    expected = []
    for text in texts:
        words = trec.tokens(text)[:: -1 if backwards else 1]
        levels = net.levels[[rows.get(word, 0) for word in words]]
        np.testing.assert_array_equal(trec.word_levels(net, text), levels)
        expected.append(int((plain(net, levels)[-1] @ net.readout.astype(int)).argmax()))
    found = classes(net, Questions(texts, np.zeros(4, np.int64), "these"))
    assert found.tolist() == expected
    assert len(set(expected)) > 1


def test_words_marks_and_numbers() -> None:
    assert trec.tokens("What's the 3-bit Café?") == [
        "what",
        "'s",
        "the",
        "0",
        "-",
        "bit",
        "café",
        "?",
    ]
    assert trec.tokens("What 's 2,500 ?") == ["what", "'s", "0", ",", "000", "?"]


def test_a_folder_of_questions_is_read_by_part(tmp_path: Path) -> None:
    (tmp_path / "TREC_10.label").write_bytes(
        "NUM:date When ?\n\nLOC Où est caf\xe9 ?\n".encode("latin-1")
    )
    (tmp_path / "train_5500.label").write_text("HUM:ind Who ?\n")
    test, train = (trec.questions(tmp_path, split) for split in ("test", "train"))
    assert test.texts == ("When ?", "Où est café ?")
    assert [CLASSES[k] for k in test.y] == ["NUM", "LOC"]
    assert train.texts == ("Who ?",)
    assert trec.questions(tmp_path / "train_5500.label").texts == ("Who ?",)


@pytest.mark.parametrize("line", ["WHO:ind Who ?", "NUM:date", "When ?", "NUM:date  "])
def test_a_line_that_is_no_question_is_one_sentence(line: str, tmp_path: Path) -> None:
    (tmp_path / "a.label").write_text(f"LOC Where ?\n{line}\n")
    with pytest.raises(InputError, match=r"a\.label: expected one of ABBR, .* in line 2"):
        trec.questions(tmp_path)
    with pytest.raises(InputError, match=r"expected a \.label file of the train part"):
        trec.questions(tmp_path, "train")
    (tmp_path / "a.label").write_text("\n")
    with pytest.raises(InputError, match="at least one question"):
        trec.questions(tmp_path)


def test_a_network_comes_back_from_its_file(tmp_path: Path) -> None:
    net = replace(random_net(3, backwards=True), meta={"made_by": "hand"})
    trec.save_network(tmp_path / "net.npz", net)
    back = trec.load_network(tmp_path / "net.npz")
    for name in ("hashes", "levels", "inputs", "recurrent", "readout", "threshold", "backwards"):
        np.testing.assert_array_equal(getattr(back, name), getattr(net, name))
    assert back.meta["made_by"] == "hand"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("inputs", None, "inputs is missing"),
        ("inputs", np.full((INPUTS, HIDDEN), 8), r"expected inputs -8\.\.7"),
        (
            "recurrent",
            np.zeros((HIDDEN, 3), int),
            r"recurrent as whole numbers of the shape \(16, 16\)",
        ),
        ("readout", np.zeros((HIDDEN, 6)), "readout as whole numbers"),
        ("levels", np.zeros((3, INPUTS), int), "expected hashes as whole numbers of the shape"),
        ("levels", 3, "expected an array as levels"),
        ("hashes", np.zeros(6, np.uint64), "ascending order"),
        ("threshold", 0, r"expected 1\.\..* in threshold"),
        ("backwards", 2, "in backwards"),
    ],
)
def test_a_bad_network_is_one_sentence(
    name: str, value: object, sentence: str, tmp_path: Path
) -> None:
    trec.save_network(tmp_path / "net.npz", random_net(3))
    arrays = load_npz(tmp_path / "net.npz") | {name: value}
    save_npz(tmp_path / "bad.npz", **{k: v for k, v in arrays.items() if v is not None})
    with pytest.raises(InputError, match=f"bad.npz.*{sentence}"):
        trec.load_network(tmp_path / "bad.npz")


def test_the_network_that_ships_answers_the_questions_that_ship() -> None:
    data = trec.questions()
    assert len(data) >= 48
    assert np.ptp(np.bincount(data.y, minlength=6)) <= 1
    assert (classes(trec.load_network(), data) == data.y).mean() > 0.75


def test_the_network_that_ships_answers_82_percent(data_dir: Path) -> None:
    data = trec.questions(data_dir / "trec", "test")
    assert len(data) == 500
    assert (classes(trec.load_network(), data) == data.y).mean() >= 0.82
