"""Example values that a schema accepts, the same each time."""
