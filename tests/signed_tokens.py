"""Bearer tokens signed by a key of the test's own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey

ISSUER, AUDIENCE = "https://login.example.com", "akamai-mcp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A key pair, and tokens signed by it."""

    private: str
    public: str

    @classmethod
    def fresh(cls) -> Signer:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        plain = serialization.NoEncryption()
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        return cls(private=private.decode(), public=public.decode())

    def sign(self, algorithm: str = "RS256", without: tuple[str, ...] = (), **claims: Any) -> str:
        now = int(time.time())
        usual = {"sub": "ann", "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 600, "roles": ["admin"]} | claims
        chosen = {name: value for name, value in usual.items() if name not in without}
        return jwt.encode({"alg": algorithm}, chosen, RSAKey.import_key(self.private), algorithms=[algorithm])
