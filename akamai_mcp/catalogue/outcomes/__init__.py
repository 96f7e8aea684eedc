"""What the guide says of what comes after a call: where the state of work that continues is, which word ends it, the way back.

Others take `progress.ProgressNote` of the operation that shows an outcome, `aim` of the one that starts the work, and `undo`
of a write, which `undo_rows` writes out from the guide's compact form.
"""
