"""Programs that last: what is written down of one while it runs, and how it goes on in another call or process.

Others take `keeping.KeptRuns` over a `sealed_store`, the `journal` of one run, and what `saved` says of a program. How a state
is sealed is private to this room.
"""
