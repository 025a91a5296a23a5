"""Properties of the circuits of one folder of ``hdl/``."""
