import subprocess
import sys

import pytest

from goldspike.model import limits
from goldspike.model.errors import InputError
from goldspike.model.limits import MOST_TICKS, memory, require_room, require_ticks, room


def test_a_quarter_of_the_memory_is_allowed():
    require_room("This", room())
    with pytest.raises(InputError, match=r"^This would take .* GB of memory, .* 1/4 of what there"):
        require_room("This", room() + 1)
    assert 4 * room() <= memory()


def test_a_size_beyond_every_number_is_refused_too(monkeypatch):
    monkeypatch.setattr(limits, "memory", lambda: 8 << 30)
    with pytest.raises(InputError, match=r"but at most 2\.15 GB are allowed"):
        require_room("This", 10**400)


def test_ticks_end_where_floats_leave_whole_numbers_out():
    require_ticks("A run", MOST_TICKS)
    assert float(MOST_TICKS - 1) != float(MOST_TICKS) == float(MOST_TICKS + 1)
    with pytest.raises(InputError, match=r"^A run would last \d+ ticks, but at most \d+ are"):
        require_ticks("A run", MOST_TICKS + 1)


def test_a_process_with_limited_memory_fails_by_itself():
    code = """
import numpy as np
from goldspike.model import limits
limits.memory = lambda: 1 << 30
limits.limit_memory()
try:
    np.ones(1 << 30, np.uint8)
except MemoryError:
    print("refused")
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout == "refused\n"
