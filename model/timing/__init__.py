"""Golden models of the timing primitives that every chip stands on."""
