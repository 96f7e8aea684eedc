"""`akamai-mcp install`: put this server into the configuration file of an MCP client, or take it out.

Others take `arguments.add_install`, the command's options; the command table names `command`.
"""
