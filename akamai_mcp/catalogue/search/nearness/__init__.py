"""How near two texts are in meaning, by a table of word pieces that is fitted to a sentence model when the project is built.

Others take `neighbours` to compare a question with operations, and `phrases.Meanings` for what texts mean together. `pieces`
and `table` are for `tools/token_table.py`, which writes the table: at run time there is neither a model nor a library of numbers.
"""
