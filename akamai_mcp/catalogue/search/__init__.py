"""Find operations from a question in plain words.

Take `search.Search`; the ranking behind it is private to this room.
"""
