"""What the guide says of operations that list what an account owns: where items stand, their ids, names and what they belong to.

Others take `note` to read such a mark and to check it, and `check.mark_misfits` to compare it with its operation.
"""
