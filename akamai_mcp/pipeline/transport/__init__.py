"""Send one signed request and read its response.

Take `transport.Transport`, the innermost handler; `downloads` and `redaction` serve the layers around it.
"""
