"""Certificates: enrollments with their names and ends, changes that want input, deployments (CPS).

Others take `state`, `plant`, `changes` for the media types of inputs, and the table of `routes`.
"""
