"""Send one signed request and read its response.

Others take `transport.Transport`, the innermost handler, `downloads` for files that are saved, and `redaction` for the layer
that blanks out credentials.
"""
