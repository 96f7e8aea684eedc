"""What changes about the arguments of a call before it is built: forms of identifiers, an operator's defaults.

Others take `ids.adjust_ids` and `operator_defaults`.
"""
