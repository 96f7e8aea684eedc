"""Where values differ from a schema: the arguments of a call from the published one, the inputs of a program from its own.

Others take `check.find_mismatches` for a call and `check.value_mismatches` for a value,
and `bounded` for validators whose work is bounded.
"""
