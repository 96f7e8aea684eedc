"""Keys derived from the one that replicas share: what stands in Redis can be neither read nor moved to another customer."""

from __future__ import annotations

import secrets
from functools import lru_cache
from hmac import digest

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12
_NAME = 16  # bytes of a name's digest that are kept


class Keyring:
    """A key for each purpose and owner (RFC 5869), so that what was sealed for one customer opens for no other."""

    def __init__(self, shared_key: bytes) -> None:
        self._shared_key = shared_key
        self.derive = lru_cache(maxsize=4096)(self._derive)

    def _derive(self, purpose: str, owner: str = "") -> bytes:
        """The key for a purpose and an owner."""
        info = f"akamai-mcp {purpose}\0{owner}".encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self._shared_key)

    def name(self, purpose: str, owner: str, text: str = "") -> str:
        """What something is called in Redis: the same at every replica, and nothing can be read from it."""
        return digest(self.derive(f"name of {purpose}", owner), text.encode(), "sha256")[:_NAME].hex()

    def seal(self, owner: str, name: str, content: bytes) -> bytes:
        """Encrypt for an owner, bound to the name under which it will stand."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.derive("content", owner)).encrypt(nonce, content, name.encode())

    def unseal(self, owner: str, name: str, sealed: bytes) -> bytes | None:
        """What was sealed, or None where it was sealed for another owner, name or key, or was changed."""
        try:
            return AESGCM(self.derive("content", owner)).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
        except (InvalidTag, ValueError):
            return None
