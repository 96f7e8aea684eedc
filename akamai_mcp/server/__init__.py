"""The MCP side: tools, resources and transports. The only room that imports FastMCP.

Others take `app.build_server`, and `stdio` to serve on standard input and output.
"""
