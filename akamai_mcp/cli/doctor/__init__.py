"""`akamai-mcp doctor`: check everything that a server needs, and say what to do about each problem.

Others take `checks.Finding`, the value that a table of findings shows.
"""
