"""Changes of enrollments: how far they are, and the input that they want, each kind in media types of its own."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.account.certificates.enrollments import enrollment_at
from akamai_mcp.sandbox.account.certificates.state import Change, Enrollment
from akamai_mcp.sandbox.account.told import Told, body_of, found, path_number, refuse, stamp
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
DAY: Final = 86_400.0
_CPS: Final = "application/vnd.akamai.cps."


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A kind of input: where it is read, in which media type, how it is given, and the status of a change that waits."""

    info: str
    shown_as: str
    update: str
    sent_as: tuple[str, ...]
    status: str


INPUTS: Final = {
    "lets-encrypt-challenges": Input(
        info="lets-encrypt-challenges",
        shown_as="dv-challenges.v2",
        update="lets-encrypt-challenges-completed",
        sent_as=("acknowledgement.v1",),
        # Akamai spells it so.
        status="coodinate-domain-validation",
    ),
    "third-party-csr": Input(
        info="third-party-csr",
        shown_as="csr.v2",
        update="third-party-cert-and-trust-chain",
        sent_as=("certificate-and-trust-chain.v2",),
        status="wait-upload-third-party",
    ),
    "change-management": Input(
        info="change-management-info",
        shown_as="change-management-info.v5",
        update="change-management-ack",
        sent_as=("acknowledgement.v1", "acknowledgement-with-hash.v1"),
        status="wait-ack-change-management",
    ),
    "pre-verification-warnings": Input(
        info="pre-verification-warnings",
        shown_as="warnings.v1",
        update="pre-verification-warnings-ack",
        sent_as=("acknowledgement.v1",),
        status="wait-review-pre-verification-safety-checks",
    ),
    "post-verification-warnings": Input(
        info="post-verification-warnings",
        shown_as="warnings.v1",
        update="post-verification-warnings-ack",
        sent_as=("acknowledgement.v1",),
        status="wait-review-cert-warning",
    ),
}
SHOWN_AS: Final = {one.info: (f"{_CPS}{one.shown_as}+json",) for one in INPUTS.values()}
SENT_AS: Final = {one.update: tuple(f"{_CPS}{name}+json" for name in one.sent_as) for one in INPUTS.values()}


def one_change(account: Account, ask: Ask) -> Json:
    """How far a change is; each look sees it further."""
    one, change = _change_at(account, ask)
    change.work.look()
    waits = change.waits_for(account.now)
    state, status = _state(account, change)
    schedule = {"notBefore": stamp(change.started), "notAfter": stamp(change.started + 30 * DAY)}
    return {
        "allowedInput": [_allowed(one, change, INPUTS[waits])] if waits else [],
        "statusInfo": {"deploymentSchedule": schedule, "description": status, "state": state, "status": status},
    }


def cancel(account: Account, ask: Ask) -> Json:
    """Cancel a change."""
    one, change = _change_at(account, ask)
    if change.is_complete(account.now):
        refuse(HTTPStatus.CONFLICT, "The change is completed.")
    change.cancelled = True
    return {"change": f"{one.path}/changes/{change.number}"}


def schedule(account: Account, ask: Ask) -> Json:
    """When the result of a change is deployed."""
    _, change = _change_at(account, ask)
    return {"notBefore": stamp(change.started), "notAfter": stamp(change.started + 30 * DAY)}


def info(account: Account, ask: Ask) -> Told:
    """What a person needs to give an input."""
    _, change = _change_at(account, ask)
    kind = _waiting(account, change, ask, "info")
    value = {"dv-challenges.v2": _challenges, "csr.v2": _csr, "warnings.v1": _warnings}.get(INPUTS[kind].shown_as, _deployment)
    return Told(value=value(change), media_type=SHOWN_AS[INPUTS[kind].info][0])


def update(account: Account, ask: Ask) -> Json:
    """Give an input; the change goes on."""
    one, change = _change_at(account, ask)
    _waiting(account, change, ask, "update")
    body = body_of(ask)
    if body.get("acknowledgement") != "deny":
        change.inputs.pop(0)
        change.work = account.work("running", "ready")
    else:
        change.cancelled = True
    return {"change": f"{one.path}/changes/{change.number}"}


def _change_at(account: Account, ask: Ask) -> tuple[Enrollment, Change]:
    one = enrollment_at(account, ask)
    return one, found(one.changes.get(path_number(ask, "changeId")), "The change")


def _state(account: Account, change: Change) -> tuple[str, str]:
    if change.cancelled:
        return "cancelled", "cancelled"
    if waits := change.waits_for(account.now):
        return "awaiting-input", INPUTS[waits].status
    return ("completed", "completed") if change.is_complete(account.now) else ("running", "verify-cert")


def _waiting(account: Account, change: Change, ask: Ask, side: str) -> str:
    waits, asked = change.waits_for(account.now), ask.match.values["allowedInputTypeParam"]
    if not waits or getattr(INPUTS[waits], side) != asked:
        refuse(HTTPStatus.NOT_FOUND, f"The change does not wait for {asked}.")
    return waits


def _allowed(one: Enrollment, change: Change, wanted: Input) -> Json:
    path = f"{one.path}/changes/{change.number}/input"
    return {
        "type": wanted.info,
        "requiredToProceed": True,
        "info": f"{path}/info/{wanted.info}",
        "update": f"{path}/update/{wanted.update}",
    }


def _challenges(change: Change) -> Json:
    """The challenges of each name, by file and by record."""
    rows = []
    for place, name in enumerate(dict.fromkeys([change.wanted["csr"]["cn"], *change.wanted["csr"].get("sans", [])])):
        token = f"token-{change.number}-{place}"
        path = f"http://{name}/.well-known/acme-challenge/{token}"
        record = f"_acme-challenge.{name}."
        both = [("http-01", path), ("dns-01", record)]
        challenges = [
            {
                "type": kind,
                "status": "pending",
                "token": token,
                "responseBody": f"{token}.key",
                "fullPath": where,
                "validationRecords": [],
            }
            for kind, where in both
        ]
        rows.append({"domain": name, "status": "Awaiting user", "validationStatus": "IN_PROGRESS", "challenges": challenges})
    return {"dv": rows}


def _csr(change: Change) -> Json:
    text = f"-----BEGIN CERTIFICATE REQUEST-----\n{change.number}\n-----END CERTIFICATE REQUEST-----\n"
    return {"csrs": [{"keyAlgorithm": "RSA", "csr": text}]}


def _warnings(_: Change) -> Json:
    return {"warnings": "A name of the certificate leads elsewhere."}


def _deployment(change: Change) -> Json:
    config = change.wanted["networkConfiguration"]
    names = {"cloneDnsNames": True, "dnsNames": change.wanted["csr"].get("sans", [])}
    pending = {name: config.get(name, "default") for name in ("mustHaveCiphers", "preferredCiphers")}
    return {
        "acknowledgementDeadline": stamp(change.started + 7 * DAY),
        "validationResultHash": f"{change.number:064x}",
        "validationResult": {"errors": [], "warnings": []},
        "pendingState": {"pendingNetworkConfiguration": {**pending, "networkType": "core", "sni": names}},
    }
