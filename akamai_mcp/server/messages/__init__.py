"""JSON-RPC messages as they arrive: split, read strictly, and answered if they are malformed, by every transport.

Others take `connection` to serve stdio or a WebSocket, `lines` to split a stream, `reading` to check a message, and
`refusal_log` to log a refusal.
"""
