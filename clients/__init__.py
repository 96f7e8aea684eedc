"""`make clients`: real MCP clients go through one scenario against this server and the sandbox; see README.md."""
