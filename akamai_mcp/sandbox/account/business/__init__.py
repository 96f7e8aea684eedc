"""What other APIs say of the same account: contracts, groups, CP codes, edge hostnames, reports, purges and diagnostics.

Others take the table of `routes`.
"""
