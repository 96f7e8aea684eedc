"""Akamai's APIs as MCP tools, read from their OpenAPI documents.

Each room says in its first lines what it is for and what others may take from it; docs/architecture.md has the map.
"""

__version__ = "0.1.0"
