"""What protects an account: network lists, client lists and security configurations.

Others take `state`, `plant` and the table of `routes`.
"""
