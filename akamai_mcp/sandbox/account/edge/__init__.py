"""What runs at the edge and what it writes down: EdgeWorkers with their bundles, and log streams (DataStream).

Others take `state`, `plant` and the table of `routes`.
"""
