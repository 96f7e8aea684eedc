"""The MCP side: tools, resources and transports. The only room that imports FastMCP.

Others take `app.build_server`, `stdio` to serve on standard input and output, and `idle_loading` for what the start postponed.
"""
