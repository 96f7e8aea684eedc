"""Kept runs on the MCP side: as resources, and going on by themselves.

Others take `resources`, and `due` for a server over HTTP.
"""
