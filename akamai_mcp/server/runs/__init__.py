"""Kept runs on the MCP side: as resources, as tasks, and going on by themselves.

Others take `resources`, `tasks`, and `due` for a server over HTTP.
"""
