"""`akamai-mcp install`: put this server into the configuration file of an MCP client, or take it out.

Others take nothing: the command table names `command`.
"""
