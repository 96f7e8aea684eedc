"""What a call says: arguments -> placed values -> a request. Pure: no network, no MCP."""
