"""EdgeWorkers: their versions, bundles and activations."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

from akamai_mcp.sandbox.account.account import CALLER, Account
from akamai_mcp.sandbox.account.edge.bundles import BundleError, version_of
from akamai_mcp.sandbox.account.edge.plant import code_version
from akamai_mcp.sandbox.account.edge.state import CodeActivation, CodeVersion, Worker
from akamai_mcp.sandbox.account.told import Told, body_of, found, number, path_number, refuse, stamp
from akamai_mcp.sandbox.account.words import NETWORKS
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
STAGES: Final = ("PRESUBMIT", "PENDING", "IN_PROGRESS", "COMPLETE")


def workers(account: Account, ask: Ask) -> Json:
    """The EdgeWorkers of a group, or of all."""
    group = ask.one("groupId")
    rows = [_row(account, one) for one in account.edge.workers.values() if group in {"", str(one.group_id)}]
    return {"edgeWorkerIds": rows}


def one_worker(account: Account, ask: Ask) -> Json:
    """An EdgeWorker."""
    return _row(account, worker_at(account, ask))


def create(account: Account, ask: Ask) -> Told:
    """A new EdgeWorker without a version."""
    body, made = body_of(ask), account.new_number()
    one = Worker(
        number=made,
        name=str(body.get("name", "")),
        group_id=number(body.get("groupId")),
        tier=number(body.get("resourceTierId")),
        description=str(body.get("description", "")),
        user=CALLER,
        date=account.now,
    )
    account.edge.workers[made] = one
    return Told(value=_row(account, one), location=f"/edgeworkers/v1/ids/{made}")


def update(account: Account, ask: Ask) -> Json:
    """Change name, group and description."""
    one, body = worker_at(account, ask), body_of(ask)
    one.name, one.description = str(body.get("name", one.name)), str(body.get("description", one.description))
    one.group_id, one.tier = number(body.get("groupId", one.group_id)), number(body.get("resourceTierId", one.tier))
    return _row(account, one)


def delete(account: Account, ask: Ask) -> None:
    """Delete an EdgeWorker that is active nowhere."""
    one = worker_at(account, ask)
    if any(one.active(network, account.now) for network in NETWORKS):
        refuse(HTTPStatus.BAD_REQUEST, f"{one.name} is active. Deactivate it first.")
    del account.edge.workers[one.number]


def versions(account: Account, ask: Ask) -> Json:
    """The versions of an EdgeWorker."""
    one = worker_at(account, ask)
    return {"versions": [_version_row(account, one, version) for version in one.versions.values()]}


def one_version(account: Account, ask: Ask) -> Json:
    """A version."""
    return _version_row(account, worker_at(account, ask), _version_at(account, ask))


def content(account: Account, ask: Ask) -> Told:
    """The bundle of a version."""
    return Told(value=_version_at(account, ask).bundle, media_type="application/gzip")


def upload(account: Account, ask: Ask) -> Told:
    """A new version, which the manifest of the bundle names."""
    one = worker_at(account, ask)
    try:
        name = version_of(ask.body if isinstance(ask.body, bytes) else b"")
    except BundleError as error:
        refuse(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
    if name in one.versions:
        refuse(HTTPStatus.BAD_REQUEST, f"Version {name} of {one.name} exists already.")
    one.versions[name] = code_version(name, ask.body, CALLER, account.now)
    return Told(value=_version_row(account, one, one.versions[name]), location=f"{'/'.join(('', *ask.match.key))}/{name}")


def delete_version(account: Account, ask: Ask) -> None:
    """Delete a version that is active nowhere."""
    one, version = worker_at(account, ask), _version_at(account, ask)
    if version.name in {one.active(network, account.now) for network in NETWORKS}:
        refuse(HTTPStatus.BAD_REQUEST, f"Version {version.name} is active. Deactivate it first.")
    del one.versions[version.name]


def activations(account: Account, ask: Ask) -> Json:
    """The activations, or deactivations, of an EdgeWorker, the newest first."""
    one, off = worker_at(account, ask), ask.match.key[-1] == "deactivations"
    wanted = [
        each
        for each in one.activations.values()
        if each.off == off and ask.one("version") in {"", each.version} and ask.one("network") in {"", each.network}
    ]
    rows = [_activation_row(account, one, each) for each in sorted(wanted, key=lambda each: -each.number)]
    return {ask.match.key[-1]: rows}


def one_activation(account: Account, ask: Ask) -> Json:
    """An activation or deactivation; each look sees it further on."""
    one = worker_at(account, ask)
    name = "activationId" if "activationId" in ask.match.values else "deactivationId"
    activation = found(one.activations.get(path_number(ask, name)), "The activation")
    activation.work.look()
    return _activation_row(account, one, activation)


def activate(account: Account, ask: Ask) -> Told:
    """Begin to activate or to deactivate a version."""
    one, body = worker_at(account, ask), body_of(ask)
    version = found(one.versions.get(str(body.get("version"))), "The version").name
    return _begin(account, one, ask, version, off=ask.match.key[-1] == "deactivations")


def roll_back(account: Account, ask: Ask) -> Told:
    """Begin to activate what was active on a network before."""
    one, network = worker_at(account, ask), str(body_of(ask).get("network"))
    now = one.active(network, account.now)
    past = [each.version for each in one.activations.values() if each.network == network and not each.off and each.version != now]
    return _begin(account, one, ask, found(past[-1] if past else None, "A version that was active before"), off=False)


def cancel(account: Account, ask: Ask) -> Json:
    """Cancel an activation that is under way."""
    one = worker_at(account, ask)
    activation = found(one.activations.get(path_number(ask, "activationId")), "The activation")
    if activation.work.is_done(account.now):
        refuse(HTTPStatus.BAD_REQUEST, "The activation has ended and cannot be cancelled.")
    activation.work.cancel("CANCELLED")
    return _activation_row(account, one, activation)


def _begin(account: Account, one: Worker, ask: Ask, version: str, *, off: bool) -> Told:
    body, made = body_of(ask), account.new_number()
    if body.get("network") not in NETWORKS:
        refuse(HTTPStatus.BAD_REQUEST, "The network is STAGING or PRODUCTION.")
    activation = CodeActivation(
        number=made,
        version=version,
        network=body["network"],
        note=str(body.get("note", "")),
        user=CALLER,
        date=account.now,
        work=account.work(*STAGES),
    )
    one.activations[made] = replace(activation, off=off)
    path = f"/edgeworkers/v1/ids/{one.number}/{'de' if off else ''}activations/{made}"
    return Told(value=_activation_row(account, one, one.activations[made]), location=path)


def worker_at(account: Account, ask: Ask) -> Worker:
    """The EdgeWorker that a path names. Raises RefusalError with 404."""
    return found(account.edge.workers.get(path_number(ask, "edgeWorkerId")), "The EdgeWorker")


def _version_at(account: Account, ask: Ask) -> CodeVersion:
    return found(worker_at(account, ask).versions.get(ask.match.values["version"]), "The version")


def _row(account: Account, one: Worker) -> Json:
    return {
        "edgeWorkerId": one.number,
        "name": one.name,
        "groupId": one.group_id,
        "resourceTierId": one.tier,
        "description": one.description,
        "accountId": account.estate.account_id,
        "createdBy": one.user,
        "createdTime": stamp(one.date),
        "lastModifiedBy": one.user,
        "lastModifiedTime": stamp(one.date),
    }


def _version_row(account: Account, one: Worker, version: CodeVersion) -> Json:
    return {
        "edgeWorkerId": one.number,
        "version": version.name,
        "accountId": account.estate.account_id,
        "checksum": version.checksum,
        "createdBy": version.user,
        "createdTime": stamp(version.date),
    }


def _activation_row(account: Account, one: Worker, activation: CodeActivation) -> Json:
    return {
        "edgeWorkerId": one.number,
        "deactivationId" if activation.off else "activationId": activation.number,
        "version": activation.version,
        "network": activation.network,
        "status": activation.work.word(account.now),
        **({"note": activation.note} if activation.note else {}),
        "accountId": account.estate.account_id,
        "createdBy": activation.user,
        "createdTime": stamp(activation.date),
        "lastModifiedTime": stamp(activation.date),
    }
