import os
from pathlib import Path

import pytest

from cosim.runner import default_seed

ROOT = Path(__file__).resolve().parent.parent


def pytest_report_header() -> str:
    return f"seed of every bench: {default_seed()} (GOLDSPIKE_SEED)"


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the folder of public data sets; tests that need one skip where it is absent."""
    folder = Path(os.environ.get("GOLDSPIKE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no data sets in {folder} (set GOLDSPIKE_DATA)")
    return folder
