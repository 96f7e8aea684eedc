"""The enrollments that an estate starts with: some certificates end soon, and one change waits for input."""

from __future__ import annotations

from typing import Any, Final

from akamai_mcp.sandbox.account.certificates.state import Change, Enrollment
from akamai_mcp.sandbox.account.estate import Estate, Site
from akamai_mcp.sandbox.account.work import done

DAY: Final = 86_400.0
# Days that the certificates have left, one after the other and again from the start.
DAYS_LEFT: Final = (64, 12, 41, 27, 83, 5, 58, 74)
LIFE_DAYS: Final = {"lets-encrypt": 90, "third-party": 365}
THIRD_PARTY_EVERY: Final = 4
Json = dict[str, Any]


def plant_certificates(estate: Estate) -> dict[int, Enrollment]:
    """One enrollment for the sites that share it."""
    found: dict[int, Enrollment] = {}
    for place, number in enumerate(dict.fromkeys(site.enrollment_id for site in estate.sites)):
        sites = [site for site in estate.sites if site.enrollment_id == number]
        authority = "third-party" if place % THIRD_PARTY_EVERY == THIRD_PARTY_EVERY - 1 else "lets-encrypt"
        left = DAYS_LEFT[place % len(DAYS_LEFT)]
        found[number] = Enrollment(
            number=number,
            contract_id=sites[0].brand.contract_id,
            slot=40_000 + place,
            body=_body(sites, authority),
            deployed=True,
            issued=estate.now - (LIFE_DAYS[authority] - left) * DAY,
            ends=estate.now + left * DAY,
        )
    _begin_change(next(iter(found.values())), estate)
    return found


def _begin_change(one: Enrollment, estate: Estate) -> None:
    started = estate.now - DAY
    wanted = {**one.body, "csr": {**one.body["csr"], "sans": [*one.body["csr"]["sans"], f"new.{estate.brands[0].domain}"]}}
    change = Change(
        number=one.number * 10 + 1,
        kind="modify-san",
        wanted=wanted,
        inputs=["lets-encrypt-challenges"],
        work=done("running", started),
        started=started,
    )
    one.changes[change.number] = change


def _body(sites: list[Site], authority: str) -> Json:
    names = [name for site in sites for name in site.hostnames]
    brand = sites[0].brand
    return {
        "ra": authority,
        "validationType": "dv" if authority == "lets-encrypt" else "third-party",
        "certificateType": "san" if authority == "lets-encrypt" else "third-party",
        "signatureAlgorithm": "SHA-256",
        "changeManagement": authority == "third-party",
        "enableMultiStackedCertificates": False,
        "csr": {"cn": names[0], "sans": names, "c": "NL", "l": "Amsterdam", "o": f"{brand.title} B.V.", "ou": "Web", "st": ""},
        "org": {"name": f"{brand.title} B.V.", "city": "Amsterdam", "country": "NL", "phone": "+31 20 555 0100"},
        "adminContact": _contact("Ada", "Vega"),
        "techContact": _contact("Emeka", "Oduya"),
        "networkConfiguration": {
            "geography": "core",
            "secureNetwork": "enhanced-tls",
            "sniOnly": True,
            "quicEnabled": True,
            "mustHaveCiphers": "ak-akamai-2020q1",
            "preferredCiphers": "ak-akamai-2020q1",
            "ocspStapling": "on",
            "disallowedTlsVersions": ["TLSv1", "TLSv1_1"],
            "dnsNameSettings": {"cloneDnsNames": True, "dnsNames": names},
        },
        "thirdParty": {"excludeSans": False} if authority == "third-party" else None,
    }


def _contact(first: str, last: str) -> Json:
    address = f"{first}.{last}@meridian-retail.test".lower()
    return {
        "firstName": first,
        "lastName": last,
        "email": address,
        "phone": "+31 20 555 0101",
        "organizationName": "Meridian Retail Group",
    }
