"""How near two texts are in meaning, by a table of word pieces that is fitted to a sentence model when the project is built.

Search takes `neighbours.Neighbours` for a question, the index `phrases.Meanings` for what an operation is asked by. The table is
written by `tools/token_table.py`; at run time there is neither a model nor a library of numbers.
"""
