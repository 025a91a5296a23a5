"""Folders for a moment: one that is taken for left as it is made is made once more."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from goldspike.model.scratch import scratch


@pytest.mark.parametrize("opened", [False, True])
def test_a_folder_that_is_removed_as_it_is_made_is_made_again(
    opened: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, removed = os.open, []

    def remove_first(path: Path, *arguments: Any, **options: Any) -> int:
        if removed:
            return plain(path, *arguments, **options)
        removed.append(path)
        handle = plain(path, *arguments, **options) if opened else -1
        shutil.rmtree(path)
        return handle if opened else plain(path, *arguments, **options)

    monkeypatch.setattr(os, "open", remove_first)
    with scratch("some-", tmp_path) as path:
        monkeypatch.undo()
        assert removed and removed[0] != path
        assert path.is_dir()
    assert not any(tmp_path.iterdir())
