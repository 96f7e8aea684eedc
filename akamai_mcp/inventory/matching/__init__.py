"""From a question to the things it means: exact, in part, misspelt, by id, address or wildcard. Pure.

Others take `index.Index` and `index.Hit`, `question` to read one and to know kinds, `texts` for names and ids, and the scores
of `ranking`.
"""
