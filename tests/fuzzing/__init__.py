"""Hostile inputs for every tool, answers to match, and what must hold whatever comes: `make fuzz`, and a share in the suite."""
