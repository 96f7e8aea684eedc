"""JSON-RPC messages as they arrive: split, read strictly, and answered where they are malformed, by every transport.

`reading` is pure and `connection` serves the transports that are one connection; HTTP has a middleware of its own beside it.
"""
