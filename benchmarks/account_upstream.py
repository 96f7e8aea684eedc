"""A TLS upstream with a small account: 200 properties with rule trees of 25 kB, 60 certificates, 40 zones.

`python account_upstream.py CHAIN.pem` runs as upstream.py does. Each answer takes 80 ms, that of one property none.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Callable

from upstream import ANSWER, END, Constant, serve

PROPERTIES = 200
CERTIFICATES = 60
ZONES = 40
TREE_BYTES = 25_000
SECONDS = 0.08
OLD = "origin.old.example.com"


def write(value: object, status: int = 200) -> bytes:
    """The bytes of a response."""
    body = b"" if value is None else json.dumps(value).encode()
    head = (f"HTTP/1.1 {status} -", "Content-Type: application/json", f"Content-Length: {len(body)}", "Cache-Control: no-store")
    return "\r\n".join(head).encode() + END + body


def tree(number: int) -> dict[str, object]:
    """A rule tree of about 25 kB; every 20th has the old origin, every 25th an old rule format."""
    origin = OLD if number % 20 == 0 else f"origin-{number}.example.com"
    rule = {"name": "Static", "criteria": [{"name": "path", "options": {"values": ["/a/*"]}}], "behaviors": [], "children": []}
    rules = {
        "name": "default",
        "behaviors": [{"name": "origin", "options": {"hostname": origin, "originType": "CUSTOMER"}}],
        "children": [rule | {"name": f"Static {child}"} for child in range(TREE_BYTES // 135)],
    }
    return {"propertyId": f"prp_{number}", "ruleFormat": "v2019-01-01" if number % 25 == 0 else "v2024-02-12", "rules": rules}


def properties(_: int) -> dict[str, object]:
    """The list of properties."""
    items = [
        {"propertyId": f"prp_{n}", "propertyName": f"www{n}.example.com", "latestVersion": 3, "productionVersion": 2}
        for n in range(PROPERTIES)
    ]
    return {"properties": {"items": items}}


def hostnames(number: int) -> dict[str, object]:
    """The hostnames of a property."""
    return {"hostnames": {"items": [{"cnameFrom": f"www{number}.example.com", "cnameTo": f"www{number}.edgesuite.net"}]}}


def enrollments(_: int) -> dict[str, object]:
    """The list of certificates."""
    return {"enrollments": [{"id": n, "csr": {"cn": f"www{n}.example.com"}} for n in range(CERTIFICATES)]}


def deployment(number: int) -> dict[str, object]:
    """A certificate in production; every fifth ends soon."""
    expiry = "2026-12-10T00:00:00Z" if number % 5 == 0 else "2027-09-01T00:00:00Z"
    return {"primaryCertificate": {"expiry": expiry, "certificate": "x" * 1500}, "networkConfiguration": {"sni": {}}}


def zones(_: int) -> dict[str, object]:
    """The list of zones."""
    return {
        "metadata": {"totalElements": ZONES},
        "zones": [{"zone": f"zone{n}.example", "type": "PRIMARY"} for n in range(ZONES)],
    }


def record_set(number: int) -> dict[str, object]:
    """A record set; the first 20 have an old address, the next 14 are not wanted."""
    address = "192.0.2.1" if number < 20 else "192.0.2.66" if number < 34 else "198.51.100.7"
    return {"name": f"www.zone{number}.example", "type": "A", "ttl": 300, "rdata": [address]}


ROUTES: tuple[tuple[re.Pattern[bytes], Callable[[int], object]], ...] = tuple(
    (re.compile(pattern), answer)
    for pattern, answer in (
        (rb"GET /papi/v1/properties/prp_(\d+)/versions/\d+/rules", tree),
        (rb"GET /papi/v1/properties/prp_(\d+)/versions/\d+/hostnames", hostnames),
        (rb"GET /papi/v1/properties()\?", properties),
        (rb"GET /cps/v2/enrollments/(\d+)/deployments/production", deployment),
        (rb"GET /cps/v2/enrollments()", enrollments),
        (rb"(?:GET|PUT) /config-dns/v2/zones/zone(\d+)\.example/names/", record_set),
        (rb"GET /config-dns/v2/zones()", zones),
        (rb"DELETE /config-dns/v2/zones/zone(\d+)", lambda _: None),
    )
)


class Account(Constant):
    """Answers by path, after a while."""

    def answer(self, line: bytes) -> None:
        """Answer the request with this first line."""
        for pattern, answer in ROUTES:
            if found := pattern.match(line):
                value = answer(int(found[1] or 0))
                asyncio.get_running_loop().call_later(SECONDS, self.transport.write, write(value, 204 if value is None else 200))
                return
        self.transport.write(ANSWER)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Account))
