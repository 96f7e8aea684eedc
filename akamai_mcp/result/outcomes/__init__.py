"""Work that continues after its answer: which call shows its outcome, how it stands, and waiting until it ends.

Others take `follow_up`, `progress.read_progress` and `waiting.wait_for_outcome`.
"""
