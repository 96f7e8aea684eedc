"""The server over HTTP: streamable HTTP, SSE, WebSocket, bearer tokens and health. Loaded only for these transports.

Others take `server` to serve and `health` for what readiness means.
"""
