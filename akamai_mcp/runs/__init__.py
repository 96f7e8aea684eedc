"""Runs that last: the state of programs that change something, and a table of what they changed.

Others take the values of `record`, `store.RunStore`, which replicas implement too, `sqlite.SqliteRuns` and its `database`,
`rows` to write values as bytes, `sealing` for the key and the seal of what is stored, and `faults` for the errors of all stores.

A change is written down before it is sent. What no answer was written for is unknown, and nothing repeats it.
"""
