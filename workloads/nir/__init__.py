"""Networks as NIR files hold them; :mod:`goldspike.workloads.nir_graph` reads and writes them."""
