"""Settings of authentication that would leave callers unchecked or keys replaceable are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from akamai_mcp.access.authentication import AuthPolicy, JwtPolicy
from akamai_mcp.errors import SettingsError

KEYS = "https://issuer.example/keys"
JWT = {"issuer": "https://issuer.example", "audience": "mcp", "jwks_url": KEYS}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"tokens_file": Path("/tokens")},
        {"tokens_file": Path("/tokens"), "roles_file": Path("/roles")},
        {"jwt": JwtPolicy(**JWT)},
        {"jwt": JwtPolicy(**JWT | {"jwks_url": "", "public_key": Path("/key.pem")})},
        {"jwt": JwtPolicy(**JWT | {"jwks_url": "http://127.0.0.1:9/keys"})},
        {"jwt": JwtPolicy(**JWT), "servers": ("https://issuer.example",), "public_url": "https://mcp.example/mcp"},
    ],
)
def test_settings_that_fit_together_are_accepted(changes: dict[str, Any]) -> None:
    AuthPolicy(**changes).check()
    assert AuthPolicy(**changes).is_on is bool(changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"roles_file": Path("/roles")}, "no effect without authentication"),
        ({"servers": ("https://issuer.example",), "public_url": "https://mcp.example/mcp"}, "no effect without authentication"),
        ({"tokens_file": Path("/t"), "servers": ("https://a.example",), "public_url": "https://mcp.example"}, "needs AKAMAI_MCP_PUBLIC_URL"),
        ({"jwt": JwtPolicy(**JWT), "servers": ("https://issuer.example",)}, "needs AKAMAI_MCP_PUBLIC_URL"),
        ({"jwt": JwtPolicy(**JWT | {"public_key": Path("/key.pem")})}, "not both"),
        ({"jwt": JwtPolicy(**JWT | {"jwks_url": ""})}, "not both"),
        ({"jwt": JwtPolicy(**JWT | {"issuer": ""})}, "need AKAMAI_MCP_AUTH_ISSUER"),
        ({"jwt": JwtPolicy(**JWT | {"audience": ""})}, "need AKAMAI_MCP_AUTH_ISSUER"),
        *(({"jwt": JwtPolicy(**JWT | {"jwks_url": url})}, "is not https") for url in ("http://issuer.example/keys", "file:///keys", "ftp://127.0.0.1/k")),
    ],
)  # fmt: skip
def test_settings_that_do_not_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        AuthPolicy(**changes).check()
