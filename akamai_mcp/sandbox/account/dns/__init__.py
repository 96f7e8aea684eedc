"""Names: zones with their record sets (Edge DNS) and domains that spread traffic (GTM).

Others take `state`, `plant`, `domains` for the media type of GTM, and the table of `routes`.
"""
