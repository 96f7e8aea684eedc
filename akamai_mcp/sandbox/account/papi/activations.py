"""Activate a version on a network, deactivate it, or cancel that while it is under way."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.account.papi.state import Activation, Property
from akamai_mcp.sandbox.account.papi.views import activation_row, owner, property_at
from akamai_mcp.sandbox.account.told import Told, body_of, found, number, path_number, refuse
from akamai_mcp.sandbox.account.words import NETWORKS
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
# A wait has to go through words that are neither the first nor an end: two zones stand between them.
STAGES: Final = {
    "ACTIVATE": ("PENDING", "ZONE_1", "ZONE_2", "ACTIVE"),
    "DEACTIVATE": ("PENDING_DEACTIVATION", "DEACTIVATED"),
}


def activate(account: Account, ask: Ask) -> Told:
    """Accept an activation, if there is none under way on the network and the person has seen the warnings."""
    one, body = property_at(account, ask), body_of(ask)
    # An include has no hostnames of its own, and the account warns of redirects in properties alone.
    if one.kind == "property":
        _expect_hostnames(one, number(body.get(f"{one.kind}Version")))
        _expect_acknowledged(body)
    activation = begin(account, one, body)
    link = f"{one.path}/activations/atv_{activation.number}?contractId=ctr_{one.contract_id}&groupId=grp_{one.group_id}"
    return Told(value={"activationLink": link}, location=link)


def begin(account: Account, one: Property, body: Json) -> Activation:
    """Begin an activation. Raises RefusalError where it cannot begin."""
    network, version = body.get("network"), number(body.get(f"{one.kind}Version"))
    if network not in NETWORKS:
        refuse(HTTPStatus.BAD_REQUEST, "The network is STAGING or PRODUCTION.")
    found(one.versions.get(version), "The version")
    # One at a time on each network: a client that repeats an activation after a timeout has to meet the first one.
    if any(each.network == network and _is_pending(account, each) for each in one.activations.values()):
        refuse(HTTPStatus.UNPROCESSABLE_ENTITY, f"{one.name} has an activation under way on {network}.")
    kind = body.get("activationType", "ACTIVATE")
    if kind not in STAGES or (kind == "DEACTIVATE" and one.active(network, account.now) != version):
        refuse(HTTPStatus.UNPROCESSABLE_ENTITY, f"Version {version} is not active on {network}.")
    made = Activation(
        number=account.new_number(),
        kind=kind,
        network=network,
        version=version,
        note=str(body.get("note", "")),
        emails=list(body.get("notifyEmails", [])),
        date=account.now,
        work=account.work(*STAGES[kind]),
    )
    one.activations[made.number] = made
    return made


def cancel(account: Account, ask: Ask) -> Json:
    """Cancel an activation that is under way."""
    one = property_at(account, ask)
    activation = found(one.activations.get(path_number(ask, "activationId")), "The activation")
    # A client that cancels late must learn that the version is live, not that it stopped it.
    if not _is_pending(account, activation):
        refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "The activation has ended and cannot be cancelled.")
    activation.work.cancel("ABORTED")
    return {**owner(account, one), "activations": {"items": [activation_row(account, one, activation)]}}


def _is_pending(account: Account, activation: Activation) -> bool:
    return not activation.work.cancelled and not activation.work.is_done(account.now)


def _expect_hostnames(one: Property, version: int) -> None:
    if version in one.versions and not one.versions[version].hostnames:
        refuse(HTTPStatus.BAD_REQUEST, f"Version {version} of {one.name} has no hostnames.", title="Validation failed")


def _expect_acknowledged(body: Json) -> None:
    """Warnings must be acknowledged: all, or each by its id."""
    # The same warning each time, so that a test can send its id back as a person would who has read it.
    if body.get("network") != "PRODUCTION" or body.get("acknowledgeAllWarnings") or body.get("activationType") == "DEACTIVATE":
        return
    warning = {
        "type": "https://problems.sandbox.example/validation/response_code",
        "title": "Redirects",
        "detail": "A rule redirects with a status that browsers keep.",
        "messageId": "msg_baa4560881774a45b5fd25f5b1eab021d7c40b4f",
    }
    if warning["messageId"] not in body.get("acknowledgeWarnings", []):
        detail = "The activation has warnings that are not acknowledged."
        refuse(HTTPStatus.BAD_REQUEST, detail, title="Unacknowledged warnings", warnings=[warning])
