"""Labels of recordings: whole numbers stay, names are numbered, what is neither is refused."""

from pathlib import Path

import pytest

from goldspike.model.errors import InputError
from goldspike.workloads.recordings.labelled import Labelled, find_labelled


def listed(folder: Path, *labels: str) -> Labelled:
    path = folder / "list.csv"
    rows = [f"{k}.csv,{label}" for k, label in enumerate(labels)]
    path.write_text("\n".join(["file,label", *rows]))
    found = find_labelled(path)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("labels", "numbers", "classes"),
    [
        (("3", "7", "3"), [3, 7, 3], {}),
        (("3.0", "7.0", "3."), [3, 7, 3], {}),  # as pandas writes a column that had gaps
        (("007", "7", "10"), [7, 7, 10], {}),
        (("dog", "cat", "dog"), [1, 0, 1], {"cat": 0, "dog": 1}),
        (("1", "noise", "2"), [0, 2, 1], {"1": 0, "2": 1, "noise": 2}),
    ],
)
def test_labels(
    labels: tuple[str, ...], numbers: list[int], classes: dict[str, int], tmp_path: Path
) -> None:
    found = listed(tmp_path, *labels)
    assert found.labels.tolist() == numbers and found.classes == classes


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (("-1", "1"), "whole numbers from 0, or names, not '-1'"),
        (("0.5", "1"), "whole numbers from 0, or names, not '0.5'"),
        (("1", ""), "a label for every recording, but .*1.csv has none"),
        ((str(2**53), "1"), "labels below 2"),
    ],
)
def test_labels_that_are_neither_are_refused(
    labels: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said):
        listed(tmp_path, *labels)


@pytest.mark.parametrize("parts", [("Train", "Test"), ("train", "val", "test")])
def test_parts_of_a_set_are_no_classes(parts: tuple[str, ...], tmp_path: Path) -> None:
    for part in parts:
        for label in "01":
            (tmp_path / part / label).mkdir(parents=True)
            (tmp_path / part / label / "a.csv").write_text("t,address\n0,0\n")
    with pytest.raises(InputError, match=r"parts of a set \(.*\); choose one"):
        find_labelled(tmp_path)
    found = find_labelled(tmp_path / parts[0])
    assert found is not None and found.labels.tolist() == [0, 1]
