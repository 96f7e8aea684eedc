"""The server over HTTP: streamable HTTP, SSE, WebSocket, bearer tokens, health.

Loaded only where HTTP is configured.
"""
