"""Secrets that are planted to be searched for, and the search: in every spelling that a text may hold them in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from mcp_stage import FIRST

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.server import SandboxServer
from akamai_mcp.sandbox.signature import Credentials as Account

PLANTED = Account(
    client_token="akab-PLANTEDCLIENT-token+/=",
    client_secret="PLANTEDclientSECRET+/12345=",
    access_token="akab-PLANTEDACCESS-token+/=",
)
ACCOUNT_KEY = "1-PLANTEDKEY+/:1-2RBL"
OWN = (PLANTED.client_token, PLANTED.client_secret, PLANTED.access_token, ACCOUNT_KEY)


@pytest.fixture
def planted(sandbox: SandboxServer, fake: FakeAkamai, tmp_path: Path) -> Iterator[Path]:
    """An .edgerc whose every secret can be searched for; the fake Akamai knows its account."""
    accounts = fake.accounts
    fake.accounts = (PLANTED, FIRST)
    path = tmp_path / "planted.edgerc"
    path.write_text(
        f"[default]\nhost = {sandbox.host}\nclient_token = {PLANTED.client_token}\nclient_secret = {PLANTED.client_secret}\n"
        f"access_token = {PLANTED.access_token}\naccount_key = {ACCOUNT_KEY}\n"
        f"[broken]\nhost = {sandbox.host}\nclient_token = {PLANTED.client_token}\nclient_secret =\n"
        f"access_token = {PLANTED.access_token}\n",
        encoding="utf-8",
    )
    yield path
    fake.accounts = accounts


def signing_secrets(fake: FakeAkamai) -> Iterator[str]:
    """The signature of each request that arrived, and the key that it was signed with."""
    for request in fake.requests:
        header = request.header("authorization") or ""
        yield header.rpartition("signature=")[2]
        stamp = re.search(r"timestamp=([^;]+);", header)
        assert stamp is not None
        yield base64.b64encode(hmac.new(PLANTED.client_secret.encode(), stamp[1].encode(), hashlib.sha256).digest()).decode()


def leaks(text: str, fake: FakeAkamai) -> list[str]:
    """The caller's own secrets that stand in a text, in any spelling, and signatures whosever they are."""
    assert len(fake.requests) > 3
    return found_in(text, [*OWN, *signing_secrets(fake)]) + re.findall(r"EG1-HMAC-SHA256 [^\"]{0,40}", text)


def found_in(text: str, secrets: Iterable[str]) -> list[str]:
    """Those of the secrets that stand in a text, in any spelling."""
    folded = text.lower()
    return sorted(
        {
            secret
            for secret in set(secrets)
            if any(spelling in text for spelling in spellings(secret)) or any(s in folded for s in folded_spellings(secret))
        }
    )


def spellings(secret: str) -> Iterator[str]:
    """A secret as it is, as JSON with more or less escaped, and in base64 of both alphabets at each of its alignments."""
    yield secret
    yield json.dumps(secret)[1:-1].replace("/", "\\/")
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + secret.encode()).decode()
        middle = encoded[4 if shift else 0 : -4]
        yield middle
        yield middle.replace("+", "-").replace("/", "_")


def folded_spellings(secret: str) -> Iterator[str]:
    """Those of which the digits may be of either case, in small letters: percent-encoded in part, whole and twice, hex, \\u."""
    once = quote(secret, safe="")
    yield once.lower()
    yield quote(once, safe="").lower()
    yield quote(secret, safe="/").lower()
    yield "".join(f"%{code:02x}" for code in secret.encode())
    yield secret.encode().hex()
    yield secret.encode().hex(" ")
    yield "".join(
        character if character.isalnum() or character in "-." else f"\\u{ord(character):04x}" for character in secret
    ).lower()
    yield "".join(f"\\u{ord(character):04x}" for character in secret)


def written_otherwise(secret: str) -> Iterator[str]:
    """How other software would write a secret, made without the spellings above."""
    from binascii import hexlify
    from urllib.parse import quote_plus, urlencode

    data = secret.encode()
    yield secret
    yield repr(secret)
    yield str(data)
    yield json.dumps({"k": secret})
    yield urlencode({"k": secret})
    yield quote_plus(secret).lower()
    yield quote(quote_plus(secret))
    yield "".join(f"%{code:02X}" for code in data)
    yield hexlify(data).decode().upper()
    for before in (b"", b"u:", b"us:", b"usr:"):
        for after in (b"", b"\n", b":x", b"::x"):
            yield base64.b64encode(before + data + after).decode()
            yield base64.urlsafe_b64encode(before + data + after).decode().rstrip("=")
