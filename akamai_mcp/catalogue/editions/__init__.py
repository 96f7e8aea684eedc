"""The states of the documents one after another: each stays as it was while a request holds to it.

Others take `edition` for the current state and `kept_files` for the files that an index keeps.
"""
