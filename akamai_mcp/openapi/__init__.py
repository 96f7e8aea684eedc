"""What the documents say: files -> documents -> operations. No HTTP and no MCP here."""
