"""Golden models and the parameters of every circuit: plain NumPy, compiled by Numba where hot."""
