"""The commands about kept runs: list, show, go on, stop, and the history of what was changed.

Others take `command`; nothing else here is for them.
"""
