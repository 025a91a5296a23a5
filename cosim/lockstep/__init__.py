"""Run one bench: circuit and golden model, compared record by record."""
