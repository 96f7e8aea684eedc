"""Programs of an agent: many calls in one, with one question for all that they change.

Others take `service` for running what `requests` says, `course.Means`, `interpreter` and `finders` to build it, and the bounds
in `policy`.

A program is Python text that a bounded interpreter runs in a process of its own; each of its calls passes the gate like a
single call. The module of the interpreter alone knows which one it is.
"""
