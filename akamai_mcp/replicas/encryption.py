"""Keys derived from the replicas' shared key: data in Redis can neither be read nor be moved to another customer."""

from __future__ import annotations

import secrets
from functools import lru_cache
from hmac import digest

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12  # bytes, the size that AES-GCM is defined for (NIST SP 800-38D)
_NAME = 16  # bytes kept of a name's digest


class Keyring:
    """A key for each purpose and owner (HKDF, RFC 5869), so that one customer's data cannot be decrypted for another."""

    def __init__(self, shared_key: bytes) -> None:
        self._shared_key = shared_key
        self.derive = lru_cache(maxsize=4096)(self._derive)

    def _derive(self, purpose: str, owner: str = "") -> bytes:
        """Derive the key for a purpose and an owner."""
        info = f"akamai-mcp {purpose}\0{owner}".encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self._shared_key)

    def name(self, purpose: str, owner: str, text: str = "") -> str:
        """Derive a name for Redis: the same at every replica, and revealing nothing."""
        return digest(self.derive(f"name of {purpose}", owner), text.encode(), "sha256")[:_NAME].hex()

    def seal(self, owner: str, name: str, content: bytes) -> bytes:
        """Encrypt content for an owner, bound to the name of its key in Redis."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.derive("content", owner)).encrypt(nonce, content, name.encode())

    def unseal(self, owner: str, name: str, sealed: bytes) -> bytes | None:
        """Decrypt content; None if it was encrypted for another owner, name or key, or was changed."""
        try:
            return AESGCM(self.derive("content", owner)).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
        except (InvalidTag, ValueError):
            return None
