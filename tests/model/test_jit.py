"""The cache of compiled code goes with every source that the code is made of."""

import importlib
import sys

KERNEL = """
from goldspike.model.jit import kernel
from steps_of_a_test import FACTOR, add

@kernel
def run(x):
    return add(x) * FACTOR
"""
STEPS = """
from goldspike.model.jit import step
FACTOR = {factor}

@step
def add(x):
    return x + {summand}
"""


def test_an_edit_of_another_file_is_seen(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "kernel_of_a_test.py").write_text(KERNEL)
    found = []
    for summand, factor in ((1, 1), (22, 1), (22, 33)):
        (tmp_path / "steps_of_a_test.py").write_text(STEPS.format(summand=summand, factor=factor))
        for name in ("steps_of_a_test", "kernel_of_a_test"):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        sys.dont_write_bytecode = True  # two edits within a second look alike to Python
        try:
            module = importlib.import_module("kernel_of_a_test")
        finally:
            sys.dont_write_bytecode = False
        found.append((module.run(1), sum(module.run.dispatcher.stats.cache_hits.values())))
    assert found == [(2, 0), (23, 0), (759, 0)]
    again = importlib.reload(sys.modules["kernel_of_a_test"])
    assert (again.run(1), sum(again.run.dispatcher.stats.cache_hits.values())) == (759, 1)
    assert again.add(2) == 24  # a step by itself, which has been compiled for kernels alone
    for name in ("steps_of_a_test", "kernel_of_a_test"):
        sys.modules.pop(name)


NUMBERS = """
from goldspike.model.jit import kernel, step

@step
def add(x, y):
    return x + y

@kernel
def run(x):
    total = 0
    for _ in range(x):
        total = add(total, 1) + add(2, total)
    return total
"""


def test_a_step_is_compiled_once_whatever_numbers_it_is_called_with(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "numbers_of_a_test.py").write_text(NUMBERS)
    module = importlib.import_module("numbers_of_a_test")
    assert module.run(2) == 9
    assert len(module.add.dispatcher.overloads) == 1
    sys.modules.pop("numbers_of_a_test")
