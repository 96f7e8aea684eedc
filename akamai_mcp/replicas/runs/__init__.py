"""Runs that replicas share.

Others take `store.RedisRuns`. The scripts that Redis runs are private to this room.
"""
