"""Benches of the in-memory-computing CNN accelerator (Dazzi et al., 2021)."""
