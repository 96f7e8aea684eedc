"""JSON-RPC messages as they arrive: split, read strictly, and answered if they are malformed, by every transport.

Others take `connection` to serve stdio or a WebSocket, `lines` to split a stream, `folded` and `reading` to read a message, and
`refusal_log` to log a refusal.
"""
