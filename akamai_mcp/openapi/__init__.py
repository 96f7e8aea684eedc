"""Reads OpenAPI documents: files become documents, documents become operations and tool schemas. No HTTP and no MCP here."""
