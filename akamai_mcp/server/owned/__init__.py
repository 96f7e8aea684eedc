"""What the account owns, for clients that browse.

Others take `resources.Owned`: a resource for each kind, and the names that complete arguments of prompts.
"""
