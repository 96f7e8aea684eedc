"""The audit trail: each attempt to change something, written down before its result is returned.

Take `log.AuditLog` and the values of `line`; how lines reach the disk is private to this room.
"""
