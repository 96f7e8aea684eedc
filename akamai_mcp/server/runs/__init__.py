"""Kept runs on the MCP side: as resources, as tasks that clients poll or listen to, and going on by themselves.

Others take `resources`, `tasks`, `listening`, and `due` for a server over HTTP.
"""
