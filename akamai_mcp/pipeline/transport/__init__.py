"""Send one signed request and read its response.

Others take `transport.Transport`, the innermost handler, `downloads` for files that are saved, `proxies` for the proxy of the
environment, `redaction` for the layer that blanks out credentials, and `large_bodies` to keep a large body's place until its
answer is made.
"""
