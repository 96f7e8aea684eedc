"""Example values that a schema accepts, the same each time.

Others take `values`, `shapes`, `samples` and `matching`.
"""
