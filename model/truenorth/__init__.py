"""Golden models of a TrueNorth-like neurosynaptic core and its array.

A **step** is the papers' tick of 1 ms, in which every neuron is visited once; a **tick** is a cycle
of the circuit's clock. The two words are kept apart everywhere.

Ref: neuron: Cassidy et al., IJCNN 2013; core and network: Merolla et al., Science 345 (2014),
Akopyan et al., IEEE TCAD 34 (2015). What they leave open is marked as ours where it is decided.
"""
