"""What recorded answers have and their documents do not allow: facts that correct schemas, never those of requests.

Others take `corrections` for the facts and their file, and `widening` to apply them.
"""
