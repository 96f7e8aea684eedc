"""Where the arguments of a call differ from the published schema.

Others take `check.find_mismatches`, the one way to ask.
"""
