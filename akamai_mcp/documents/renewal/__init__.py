"""Documents that are read again after their files have changed, and replace those in service as a whole or not at all.

Others take `documents.DocumentRenewal`, and `watching` for other files that are watched in the same way.
"""
