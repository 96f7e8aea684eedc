"""Who may do what: confirmation of what removes or breaks things, and which files may be read."""
