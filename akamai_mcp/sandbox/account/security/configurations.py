"""Security configurations: versions, hostnames and activations."""

from __future__ import annotations

from copy import deepcopy
from http import HTTPStatus
from typing import Any, Final

from akamai_mcp.sandbox.account.account import CALLER, Account
from akamai_mcp.sandbox.account.paging import numbered_page
from akamai_mcp.sandbox.account.security.state import Configuration, ConfigVersion
from akamai_mcp.sandbox.account.told import Told, body_of, found, number, path_number, refuse, stamp
from akamai_mcp.sandbox.account.words import NETWORKS
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
CONFIGS: Final = "/appsec/v1/configs"
ONE: Final = f"{CONFIGS}/{{configId}}"
VERSION: Final = f"{ONE}/versions/{{versionNumber}}"


def config_at(account: Account, ask: Ask) -> Configuration:
    """The configuration that a path names. Raises RefusalError with 404."""
    return found(account.security.configurations.get(path_number(ask, "configId")), "The configuration")


def version_at(account: Account, ask: Ask) -> ConfigVersion:
    """The version that a path names. Raises RefusalError with 404."""
    return found(config_at(account, ask).versions.get(path_number(ask, "versionNumber")), "The version")


def open_version(account: Account, ask: Ask) -> ConfigVersion:
    """The version that a path names, if it can be changed. Raises RefusalError for one that was activated."""
    one, version = config_at(account, ask), version_at(account, ask)
    if any(activation.version == version.number for activation in one.activations.values()):
        refuse(HTTPStatus.FORBIDDEN, f"Version {version.number} of {one.name} was activated and can only be read. Clone it.")
    return version


def configs(account: Account, _: Ask) -> Json:
    """The security configurations."""
    return {"configurations": [_row(account, one) for one in account.security.configurations.values()]}


def one_config(account: Account, ask: Ask) -> Json:
    """A security configuration."""
    return _row(account, config_at(account, ask))


def create(account: Account, ask: Ask) -> Told:
    """A new configuration, empty or made of a version of another."""
    body, made = body_of(ask), account.new_number()
    source = body.get("createFrom")
    base = ConfigVersion(
        number=1, based_on=0, hostnames=[], policies={}, targets={}, rate_policies={}, notes="", user=CALLER, date=account.now
    )
    if isinstance(source, dict):
        origin = found(account.security.configurations.get(number(source.get("configId"))), "What is to be cloned")
        base = deepcopy(found(origin.versions.get(number(source.get("version"))), "The version to clone"))
        base.number, base.based_on, base.user, base.date = 1, 0, CALLER, account.now
    base.hostnames = list(body.get("hostnames", base.hostnames))
    one = Configuration(
        number=made,
        name=str(body.get("name", "")),
        description=str(body.get("description", "")),
        contract_id=str(body.get("contractId", account.estate.contracts[0])),
        group_id=number(body.get("groupId")),
        versions={1: base},
    )
    account.security.configurations[made] = one
    value = {"configId": made, "version": 1, "name": one.name, "description": one.description}
    return Told(value=value, location=f"{CONFIGS}/{made}")


def rename(account: Account, ask: Ask) -> Json:
    """Change name and description."""
    one, body = config_at(account, ask), body_of(ask)
    one.name, one.description = str(body.get("name", one.name)), str(body.get("description", one.description))
    return {"name": one.name, "description": one.description}


def delete(account: Account, ask: Ask) -> None:
    """Delete a configuration that is active nowhere."""
    one = config_at(account, ask)
    if any(one.active(network, account.now) for network in NETWORKS):
        refuse(HTTPStatus.FORBIDDEN, f"{one.name} is active. Deactivate it first.")
    del account.security.configurations[one.number]


def versions(account: Account, ask: Ask) -> Json:
    """The versions, the newest first."""
    one = config_at(account, ask)
    page = numbered_page(sorted(one.versions.values(), key=lambda version: -version.number), ask, size=25)
    active = {f"{network.lower()}ActiveVersion": one.active(network, account.now) for network in NETWORKS}
    return {
        "configId": one.number,
        "configName": one.name,
        "lastCreatedVersion": max(one.versions),
        "page": page.start // page.size + 1,
        "pageSize": page.size,
        "totalSize": page.total,
        **{name: version for name, version in active.items() if version is not None},
        "versionList": [_version_row(account, one, version) for version in page.items],
    }


def one_version(account: Account, ask: Ask) -> Json:
    """A version."""
    one = config_at(account, ask)
    return {"configId": one.number, "configName": one.name, **_version_row(account, one, version_at(account, ask))}


def clone_version(account: Account, ask: Ask) -> Json:
    """A new version, made of an existing one."""
    one, body = config_at(account, ask), body_of(ask)
    made = deepcopy(found(one.versions.get(number(body.get("createFromVersion"))), "The version to clone"))
    made.number, made.based_on, made.notes = max(one.versions) + 1, made.number, ""
    made.user, made.date = CALLER, account.now
    one.versions[made.number] = made
    return {"configId": one.number, "configName": one.name, **_version_row(account, one, made)}


def delete_version(account: Account, ask: Ask) -> None:
    """Delete a version that was never activated."""
    del config_at(account, ask).versions[open_version(account, ask).number]


def notes(account: Account, ask: Ask) -> Json:
    """The notes of a version."""
    return {"notes": version_at(account, ask).notes}


def put_notes(account: Account, ask: Ask) -> Json:
    """Change the notes of a version, which may be activated."""
    version_at(account, ask).notes = str(body_of(ask).get("notes", ""))
    return notes(account, ask)


def hostnames(account: Account, ask: Ask) -> Json:
    """The hostnames that a version protects."""
    return {"hostnameList": [{"hostname": name} for name in version_at(account, ask).hostnames]}


def put_hostnames(account: Account, ask: Ask) -> Json:
    """Add, remove or replace the hostnames that a version protects."""
    version, body = open_version(account, ask), body_of(ask)
    named = [str(row.get("hostname")) for row in body.get("hostnameList", [])]
    kept = {"append": version.hostnames, "remove": [name for name in version.hostnames if name not in named]}
    added = [] if body.get("mode") == "remove" else named
    version.hostnames = list(dict.fromkeys([*kept.get(body.get("mode", "replace"), []), *added]))
    return hostnames(account, ask)


def _row(account: Account, one: Configuration) -> Json:
    active = {f"{network.lower()}Version": one.active(network, account.now) for network in NETWORKS}
    production = active["productionVersion"]
    return {
        "id": one.number,
        "name": one.name,
        "description": one.description,
        "latestVersion": max(one.versions),
        **{name: version for name, version in active.items() if version is not None},
        "productionHostnames": one.versions[production].hostnames if production in one.versions else [],
    }


def _version_row(account: Account, one: Configuration, version: ConfigVersion) -> Json:
    return {
        "version": version.number,
        **({"basedOn": version.based_on} if version.based_on else {}),
        "createDate": stamp(version.date),
        "createdBy": version.user,
        "versionNotes": version.notes,
        "production": {"status": _status(account, one, version.number, "PRODUCTION")},
        "staging": {"status": _status(account, one, version.number, "STAGING")},
    }


def _status(account: Account, one: Configuration, version: int, network: str) -> str:
    if one.active(network, account.now) == version:
        return "Active"
    here = [each for each in one.activations.values() if (each.version, each.network) == (version, network)]
    if any(not each.work.is_done(account.now) for each in here):
        return "Pending"
    return "Deactivated" if here else "Inactive"
