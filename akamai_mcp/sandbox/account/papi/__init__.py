"""Properties and includes with their versions, rule trees, hostnames and activations (PAPI).

Others take `state`, `plant` and the table of `routes`.
"""
