"""Akamai's identifiers: their prefixes, and which places of the documents take them with one.

Others take `prefixes` and `forms`.
"""
