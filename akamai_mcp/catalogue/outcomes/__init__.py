"""What the guide says of work that continues after its answer: where its state is, and which word ends it.

Others take `progress.ProgressNote` of the operation that shows an outcome, and `aim` of the one that starts the work.
"""
