"""Programs that last: what is written down of one while it runs, how it goes on in another call or process, and its way back.

Others take `keeping.KeptRuns` and `waits.KeptWaits` over a `sealed_store`, the `journal` of one run, what `saved` says of a
program, the `witness` of a resource around a change and its `states`, the `ways` back and their `undo`, and `history`. How a
state is sealed is private to this room.
"""
