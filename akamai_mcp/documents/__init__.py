"""Where the served documents come from: built from a checkout, fetched, checked, found on disk.

Others take `location` to find and open the documents that are served; `build`, `check`, `guide` and `sync` are the work
of `akamai-mcp specs`.
"""
