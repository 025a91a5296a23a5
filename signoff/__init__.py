"""How strong the checks are: mutation, equivalence, coverage, gates, random configurations."""
