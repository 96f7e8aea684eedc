"""`akamai-mcp doctor`: check everything that a server needs."""
