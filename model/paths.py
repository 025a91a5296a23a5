"""Where things lie: what ships with the project, and where builds and results go."""

import os
from pathlib import Path

__all__ = ["BUILD", "ROOT"]

ROOT = Path(__file__).resolve().parent.parent
"""The folder of the wings, with ``nets``, ``data`` and ``waveforms`` beside them."""

BUILD = Path(os.environ.get("GOLDSPIKE_BUILD") or "build").absolute()
"""Everything generated: in the folder where the user stands, or in ``GOLDSPIKE_BUILD``."""
