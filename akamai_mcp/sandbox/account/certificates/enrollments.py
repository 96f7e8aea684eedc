"""Enrollments and what of them is deployed."""

from __future__ import annotations

import base64
import hashlib
from http import HTTPStatus
from typing import Any, Final

from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.account.certificates.plant import DAY, LIFE_DAYS
from akamai_mcp.sandbox.account.certificates.state import Change, Enrollment
from akamai_mcp.sandbox.account.told import Told, bare, body_of, found, path_number, refuse, stamp
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
ENROLLMENTS: Final = "/cps/v2/enrollments"
RENEWAL_DAYS: Final = 60
# The inputs that a change waits for, by who issues the certificate.
WANTED: Final = {"lets-encrypt": ["lets-encrypt-challenges"], "third-party": ["third-party-csr"]}
OWN: Final = ("csr", "networkConfiguration")


def enrollment_at(account: Account, ask: Ask) -> Enrollment:
    """The enrollment that a path names, with what has been completed. Raises RefusalError with 404."""
    one = found(account.certificates.get(path_number(ask, "enrollmentId")), "The enrollment")
    settle(account, one)
    return one


def settle(account: Account, one: Enrollment) -> None:
    """Deploy what a completed change brought."""
    for number in [number for number, change in one.changes.items() if change.is_complete(account.now) and change.wanted]:
        change = one.changes[number]
        one.body, change.wanted, one.deployed = change.wanted, {}, True
        one.issued = account.now
        one.ends = account.now + LIFE_DAYS.get(one.body["ra"], 365) * DAY


def enrollments(account: Account, ask: Ask) -> Json:
    """The enrollments of a contract, or of all."""
    contract = ask.one("contractId")
    for one in account.certificates.values():
        settle(account, one)
    wanted = [one for one in account.certificates.values() if contract in {"", one.contract_id}]
    return {"enrollments": [_row(account, one) for one in wanted]}


def one_enrollment(account: Account, ask: Ask) -> Json:
    """An enrollment."""
    return _row(account, enrollment_at(account, ask))


def create(account: Account, ask: Ask) -> Told:
    """A new enrollment, which has no certificate until its change is completed."""
    body, number = body_of(ask), account.new_number()
    one = Enrollment(
        number=number,
        contract_id=bare(ask.one("contractId", account.estate.contracts[0])),
        slot=50_000 + number % 10_000,
        body=body,
        deployed=False,
        issued=account.now,
        ends=account.now,
    )
    account.certificates[number] = one
    change = _begin(account, one, "new-certificate", body)
    return Told(value=_begun(one, change), location=one.path)


def update(account: Account, ask: Ask) -> Told:
    """Change an enrollment; what the certificate says takes a change."""
    one, body = enrollment_at(account, ask), body_of(ask)
    pending = one.pending(account.now)
    if pending is not None:
        if ask.one("allow-cancel-pending-changes") != "true":
            refuse(HTTPStatus.CONFLICT, f"The change {pending.number} is pending. Complete or cancel it first.")
        pending.cancelled = True
    if all(body.get(name) == one.body.get(name) for name in OWN) and ask.one("force-renewal") != "true":
        one.body = {**one.body, **body}
        return Told(value={"enrollment": one.path, "changes": []}, status=HTTPStatus.OK)
    kind = "renewal" if body.get("csr") == one.body.get("csr") else "modify-san"
    change = _begin(account, one, kind, {**one.body, **body})
    return Told(value=_begun(one, change), status=HTTPStatus.ACCEPTED)


def delete(account: Account, ask: Ask) -> Json:
    """Remove an enrollment with its certificate."""
    one = enrollment_at(account, ask)
    del account.certificates[one.number]
    return {"enrollment": one.path, "changes": []}


def deployments(account: Account, ask: Ask) -> Json:
    """What is deployed on both networks."""
    row = _deployment(enrollment_at(account, ask))
    return {"production": row, "staging": row}


def deployment(account: Account, ask: Ask) -> Json:
    """What is deployed on one network."""
    return _deployment(enrollment_at(account, ask))


def certificates(account: Account, ask: Ask) -> Json:
    """The certificate that is deployed, as history shows it."""
    one = enrollment_at(account, ask)
    row = {
        "deploymentStatus": "active",
        "stagingStatus": "active",
        "geography": "worldwide",
        "ra": one.body["ra"],
        "type": one.body["certificateType"],
        "slots": [one.slot],
        "primaryCertificate": _certificate(one),
        "multiStackedCertificates": [],
    }
    return {"certificates": [row] if one.deployed else []}


def _begin(account: Account, one: Enrollment, kind: str, wanted: Json) -> Change:
    inputs = [*WANTED.get(wanted.get("ra", ""), [])] + (["change-management"] if wanted.get("changeManagement") else [])
    change = Change(
        number=account.new_number(),
        kind=kind,
        wanted=wanted,
        inputs=inputs,
        work=account.work("running", "ready"),
        started=account.now,
    )
    one.changes[change.number] = change
    return change


def _begun(one: Enrollment, change: Change) -> Json:
    return {"enrollment": one.path, "changes": [f"{one.path}/changes/{change.number}"]}


def _row(account: Account, one: Enrollment) -> Json:
    pending = one.pending(account.now)
    changes = [] if pending is None else [{"location": f"{one.path}/changes/{pending.number}", "changeType": pending.kind}]
    slots = [one.slot] if one.deployed else []
    return {
        **{name: value for name, value in one.body.items() if value is not None},
        "id": str(one.number),
        "location": one.path,
        "autoRenewalStartTime": stamp(one.ends - RENEWAL_DAYS * DAY),
        "assignedSlots": slots,
        "productionSlots": slots,
        "stagingSlots": slots,
        "maxAllowedSanNames": 100,
        "maxAllowedWildcardSanNames": 100,
        "pendingChanges": changes,
    }


def _deployment(one: Enrollment) -> Json:
    if not one.deployed:
        refuse(HTTPStatus.NOT_FOUND, "No certificate is deployed.")
    config = one.body["networkConfiguration"]
    shown = {name: value for name, value in config.items() if name not in {"dnsNameSettings", "clientMutualAuthentication"}}
    return {
        "networkConfiguration": {**shown, "dnsNames": one.names},
        "primaryCertificate": {**_certificate(one), "signatureAlgorithm": "SHA-256"},
        "multiStackedCertificates": [],
        "ocspStapled": True,
        "ocspUris": [],
    }


def _certificate(one: Enrollment) -> Json:
    return {
        "certificate": _pem(f"{one.number}/{one.issued}"),
        "trustChain": _pem("the authority"),
        "expiry": stamp(one.ends),
        "keyAlgorithm": "RSA",
    }


def _pem(text: str) -> str:
    """A text in the form of a certificate, which is none."""
    content = base64.b64encode(hashlib.sha512(text.encode()).digest()).decode()
    return f"-----BEGIN CERTIFICATE-----\n{content}\n-----END CERTIFICATE-----\n"
