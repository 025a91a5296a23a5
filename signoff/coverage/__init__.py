"""Coverage: which lines, states, transitions and bits of the circuits the benches exercise."""
