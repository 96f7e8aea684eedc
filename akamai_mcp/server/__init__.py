"""The MCP side: the only room that imports fastmcp."""
