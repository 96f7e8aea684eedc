"""An account as people have it: what belongs together agrees, and a change shows in later reads. A seed draws what it owns.

Others take `account`, `estate` for sizes, `work` for the pace of work, `told` to read ids and write times, `routes` for answers.
"""
