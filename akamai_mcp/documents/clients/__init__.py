"""OpenAPI documents for endpoints that no public document describes, written from facts about Akamai's own clients.

Others take `documents` to build them and `learning` to record the facts.
"""
