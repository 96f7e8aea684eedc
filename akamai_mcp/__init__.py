"""The whole Akamai platform as MCP tools, read from its OpenAPI documents."""

__version__ = "0.1.0"
