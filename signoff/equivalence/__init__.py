"""Whether two versions of a circuit are always equal."""
