"""Security policies of a version, with what is set in them, and whom they protect."""

from __future__ import annotations

from copy import deepcopy
from http import HTTPStatus
from typing import Any, Final

from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.account.security.configurations import config_at, open_version, version_at
from akamai_mcp.sandbox.account.security.state import Configuration, ConfigVersion, Policy
from akamai_mcp.sandbox.account.told import Told, body_of, found, path_number, refuse
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
CONTROLS: Final = (
    "applyApiConstraints",
    "applyApplicationLayerControls",
    "applyBotmanControls",
    "applyNetworkLayerControls",
    "applyRateControls",
    "applyReputationControls",
    "applySlowPostControls",
)
PARTS: Final[dict[str, Json]] = {
    "ip-geo-firewall": {"block": "blockSpecificIPGeo"},
    "protections": {name: True for name in CONTROLS if name != "applyBotmanControls"},
}


def policies(account: Account, ask: Ask) -> Json:
    """The security policies of a version."""
    one, version = config_at(account, ask), version_at(account, ask)
    rows = [_row(policy) for policy in version.policies.values()]
    return {"configId": one.number, "version": version.number, "policies": rows}


def one_policy(account: Account, ask: Ask) -> Json:
    """A security policy."""
    return _row(_policy_at(account, ask))


def create(account: Account, ask: Ask) -> Told:
    """A new security policy, empty or with what another has."""
    version, body = open_version(account, ask), body_of(ask)
    identifier = f"{body.get('policyPrefix') or 'pol'}_{account.new_number() % 1_000_000}"
    source = version.policies.get(str(body.get("createFromSecurityPolicy")))
    parts = deepcopy(source.parts) if source is not None else {}
    made = Policy(identifier=identifier, name=str(body.get("policyName", "")), parts=parts)
    version.policies[identifier] = made
    return Told(value=_row(made), location=f"{'/'.join(('', *ask.match.key))}/{identifier}")


def rename(account: Account, ask: Ask) -> Json:
    """Change the name of a policy."""
    open_version(account, ask)
    policy = _policy_at(account, ask)
    policy.name = str(body_of(ask).get("policyName", policy.name))
    return _row(policy)


def delete(account: Account, ask: Ask) -> None:
    """Delete a policy that no match target uses."""
    version, policy = open_version(account, ask), _policy_at(account, ask)
    if any(target["securityPolicy"]["policyId"] == policy.identifier for target in version.targets.values()):
        refuse(HTTPStatus.CONFLICT, f"{policy.name} is used by a match target.")
    del version.policies[policy.identifier]


def part(account: Account, ask: Ask) -> Json:
    """What is set in a policy under the last segment of the path."""
    name = ask.match.key[-1]
    return _policy_at(account, ask).parts.get(name, PARTS[name])


def put_part(account: Account, ask: Ask) -> Json:
    """Set what a policy has under the last segment of the path."""
    open_version(account, ask)
    _policy_at(account, ask).parts[ask.match.key[-1]] = body_of(ask)
    return body_of(ask)


def mode(account: Account, ask: Ask) -> Json:
    """How a policy is updated."""
    return {"mode": _policy_at(account, ask).mode, "current": "Live", "eval": False}


def put_mode(account: Account, ask: Ask) -> Json:
    """Change how a policy is updated."""
    open_version(account, ask)
    policy = _policy_at(account, ask)
    policy.mode = str(body_of(ask).get("mode", policy.mode))
    return {"mode": policy.mode, "current": "Live"}


def targets(account: Account, ask: Ask) -> Json:
    """The match targets of a version, in their order."""
    rows = sorted(version_at(account, ask).targets.values(), key=lambda row: row["sequence"])
    wanted = [row for row in rows if ask.one("policyId") in {"", row["securityPolicy"]["policyId"]}]
    return {"matchTargets": {f"{kind}Targets": [row for row in wanted if row["type"] == kind] for kind in ("api", "website")}}


def one_target(account: Account, ask: Ask) -> Json:
    """A match target."""
    return found(version_at(account, ask).targets.get(path_number(ask, "targetId")), "The match target")


def create_target(account: Account, ask: Ask) -> Told:
    """A new match target, the last in order."""
    version, made = open_version(account, ask), account.new_number()
    row = {**body_of(ask), "targetId": made, "sequence": len(version.targets) + 1}
    version.targets[made] = row
    return Told(value=row, location=f"{'/'.join(('', *ask.match.key))}/{made}")


def put_target(account: Account, ask: Ask) -> Json:
    """Replace a match target."""
    version, before = open_version(account, ask), one_target(account, ask)
    row = {**body_of(ask), "targetId": before["targetId"], "sequence": before["sequence"]}
    version.targets[before["targetId"]] = row
    return row


def delete_target(account: Account, ask: Ask) -> None:
    """Delete a match target."""
    del open_version(account, ask).targets[one_target(account, ask)["targetId"]]


def rate_policies(account: Account, ask: Ask) -> Json:
    """The rate policies of a version."""
    return {"ratePolicies": list(version_at(account, ask).rate_policies.values())}


def one_rate_policy(account: Account, ask: Ask) -> Json:
    """A rate policy."""
    return found(version_at(account, ask).rate_policies.get(path_number(ask, "ratePolicyId")), "The rate policy")


def put_rate_policy(account: Account, ask: Ask) -> Json:
    """Replace a rate policy."""
    version, before = open_version(account, ask), one_rate_policy(account, ask)
    own: Json = {name: before[name] for name in ("id", "used") if name in before}  # whatever a caller sends for them
    version.rate_policies[before["id"]] = {**body_of(ask), **own}
    return version.rate_policies[before["id"]]


def coverage(account: Account, _: Ask) -> Json:
    """Which hostnames a configuration protects, one row each, and those that none does."""
    rows: dict[str, Json] = {
        name: {"hostname": name, "status": "not_covered", "hasMatchTarget": False}
        for site in account.estate.sites
        for name in site.hostnames
    }
    for one in account.security.configurations.values():
        version = one.versions[one.active("PRODUCTION", account.now) or max(one.versions)]
        rows |= {name: _covered(name, one, version) for name in version.hostnames}
    return {"hostnameCoverage": list(rows.values())}


def _covered(name: str, one: Configuration, version: ConfigVersion) -> Json:
    return {
        "hostname": name,
        "status": "covered",
        "hasMatchTarget": True,
        "configuration": {"id": one.number, "name": one.name, "version": version.number},
        "policyNames": [policy.name for policy in version.policies.values()],
    }


def _policy_at(account: Account, ask: Ask) -> Policy:
    return found(version_at(account, ask).policies.get(ask.match.values["policyId"]), "The security policy")


def _row(policy: Policy) -> Json:
    return {
        "policyId": policy.identifier,
        "policyName": policy.name,
        "hasRatePolicyWithApiKey": False,
        "policySecurityControls": dict.fromkeys(CONTROLS, True) | policy.parts.get("protections", {}),
    }
