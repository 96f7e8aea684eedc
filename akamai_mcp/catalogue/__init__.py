"""Which operations there are and how they are found. No HTTP and no MCP here."""
