"""Settings that deployment and its papers name before settings.py declares them; one that it declares has to leave this list."""

from __future__ import annotations

NOT_DECLARED_YET = {
    "AKAMAI_MCP_ALLOWED_HOSTS",
    "AKAMAI_MCP_AUTH_AUDIENCE",
    "AKAMAI_MCP_AUTH_ISSUER",
    "AKAMAI_MCP_AUTH_JWKS_URL",
    "AKAMAI_MCP_AUTH_ROLES_FILE",
    "AKAMAI_MCP_AUTH_TOKENS_FILE",
    "AKAMAI_MCP_BIND",
    "AKAMAI_MCP_METRICS_HOST",
    "AKAMAI_MCP_METRICS_PORT",
    "AKAMAI_MCP_PORT",
    "AKAMAI_MCP_PUBLIC_URL",
    "AKAMAI_MCP_REDIS_URL",
    "AKAMAI_MCP_SHARED_KEY",
    "AKAMAI_MCP_TLS_CERT",
    "AKAMAI_MCP_TLS_KEY",
    "AKAMAI_MCP_TRANSPORT",
}
