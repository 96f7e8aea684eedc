"""Work that goes on after its answer: the call that shows its outcome is named, and waited for in the same call or later.

Others take `following.Following`, the value `kept.KeptWait` of a wait that goes on later, and `kept.keeping_waits`, in which
calls leave their waiting to somebody else.
"""
