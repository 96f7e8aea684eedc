"""Where the served documents come from: built from a checkout, fetched, checked, found on disk.

Others take `location` to find and open the documents that are served, the room ids for the identifiers in them,
`facts` for schemas without prose; `build`, `check`, `guide`, `guide_check` and `sync` are the work of
`akamai-mcp specs`.
"""
