"""Operation search: from a question in plain words to ranked operations.

Others take `search.Search`, `advice` for where nothing is found, `meanings` for what a name that does not exist means,
`questions` for how one is read, and `terms` for words that mean nothing or the same. The index takes `profile` for the words
that an operation is found by and `stemming` for their stems.
"""
