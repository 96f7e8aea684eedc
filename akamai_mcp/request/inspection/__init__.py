"""A built request read back: what decides its effect, which values it sends, how it is shown.

Others take `sent` for effects, `values` for the question to the user and the names in a body, and `preview` for dry runs.
"""
