"""Send one signed request and read its response.

Others take `transport.Transport`, the innermost handler, `downloads` for files that are saved, `redaction` for the layer that
blanks out credentials, and `large_bodies` to keep a large body's place until its answer is made.
"""
