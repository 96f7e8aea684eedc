"""Names: zones with their record sets (Edge DNS) and domains that spread traffic (GTM).

Others take `state`, `plant` and the table of `routes`.
"""
