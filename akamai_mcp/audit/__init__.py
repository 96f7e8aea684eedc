"""The audit trail: one line for each attempt to change something, on disk before its result is returned.

Others take `log.AuditLog` to record attempts, the values of `line`, `reading` to read lines back, and `file`. How a line
survives a crash is private to this room.
"""
