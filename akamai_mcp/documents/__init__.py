"""Where the served documents come from: built from a checkout, fetched, checked, located on disk."""
