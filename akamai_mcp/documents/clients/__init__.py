"""Documents of the endpoints that only Akamai's own clients show, written from recorded facts.

Take `documents` to build them and `learning` to record facts.
"""
