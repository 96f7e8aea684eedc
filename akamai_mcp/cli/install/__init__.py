"""`akamai-mcp install`: write this server into the configuration of an MCP client."""
