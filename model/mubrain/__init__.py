"""Golden model of µBrain, the clockless spiking processor of Stuijt et al. 2021."""
