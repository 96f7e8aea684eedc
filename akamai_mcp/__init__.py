"""Akamai's APIs as MCP tools, read from their OpenAPI documents.

Each room says in its first lines what it is for and what others may take from it; docs/architecture.md has the map.
"""

__version__ = "0.1.0"
SETTINGS_PREFIX = "AKAMAI_MCP_"  # of every setting's environment variable; here for commands that read no settings
