"""The RRAM macro as its user sees it."""
