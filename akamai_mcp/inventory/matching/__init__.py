"""From a question to the things it means: exact, in part, misspelt, by id, address or wildcard. Pure.

Others take `index.Index` and `index.Hit`, `question.read_question`, `question.to_kind`, `texts` for names and ids, and the
scores of `ranking`.
"""
