"""What PAPI does when something is written: properties, versions, rules and hostnames."""

from __future__ import annotations

from copy import deepcopy
from http import HTTPStatus
from typing import Any

from akamai_mcp.sandbox.account.account import CALLER, Account
from akamai_mcp.sandbox.account.papi.hostnames import version_hostnames
from akamai_mcp.sandbox.account.papi.plant import cpcode_row, edge_hostname_row
from akamai_mcp.sandbox.account.papi.reads import rules
from akamai_mcp.sandbox.account.papi.state import Hostname, Kind, Owned, Property, Version
from akamai_mcp.sandbox.account.papi.views import property_at, version_at
from akamai_mcp.sandbox.account.patches import PatchError, patched
from akamai_mcp.sandbox.account.told import Told, bare, body_of, found, number, refuse
from akamai_mcp.sandbox.account.words import RULE_FORMATS
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]


def create_property(account: Account, ask: Ask) -> Told:
    """A new property, empty or made of another."""
    return _create(account, ask, "property")


def create_include(account: Account, ask: Ask) -> Told:
    """A new include, empty or made of another."""
    return _create(account, ask, "include")


def delete_property(account: Account, ask: Ask) -> Json:
    """Delete a property or an include that is active nowhere."""
    one = property_at(account, ask)
    # Traffic would lose its configuration: the live API refuses this too, and an agent has to plan the deactivation.
    if any(one.active(network, account.now) for network in ("STAGING", "PRODUCTION")):
        refuse(HTTPStatus.FORBIDDEN, f"{one.name} is active. Deactivate it first.")
    del account.papi.of_kind(one.kind)[one.number]
    return {"message": "Deletion Successful."}


def create_version(account: Account, ask: Ask) -> Told:
    """A new version, made of an existing one."""
    one, body = property_at(account, ask), body_of(ask)
    base = found(one.versions.get(number(body.get("createFromVersion"))), "The version to start from")
    compare(account, one, base, body.get("createFromVersionEtag"))
    made = one.add_version(base.number, user=CALLER, now=account.now)
    link = _link(one, f"/versions/{made.number}")
    return Told(value={"versionLink": link}, location=link)


def put_rules(account: Account, ask: Ask) -> Told:
    """Replace the rule tree of a version."""
    body = body_of(ask)
    tree = body.get("rules")
    if not isinstance(tree, dict) or not isinstance(tree.get("behaviors"), list):
        refuse(HTTPStatus.BAD_REQUEST, "The body needs a rule tree as `rules`, with a name and behaviors.")
    return _save_rules(account, ask, tree, str(body.get("comments") or ""))


def patch_rules(account: Account, ask: Ask) -> Told:
    """Change the rule tree of a version by a JSON Patch."""
    if not isinstance(ask.body, list):
        refuse(HTTPStatus.BAD_REQUEST, "The body must be a JSON Patch, a list of operations.")
    # Paths of a patch begin at the whole document, where the tree is the member `rules`.
    before = {"rules": version_at(account, ask).rules}
    try:
        after = patched(before, ask.body)
    except PatchError as error:
        refuse(HTTPStatus.BAD_REQUEST, str(error))
    return _save_rules(account, ask, after["rules"], "")


def put_hostnames(account: Account, ask: Ask) -> Json:
    """Replace the hostnames of a version."""
    wanted = ask.body.get("hostnames", ask.body) if isinstance(ask.body, dict) else ask.body
    if not isinstance(wanted, list):
        refuse(HTTPStatus.BAD_REQUEST, "The body must be a list of hostnames.")
    return _save_hostnames(account, ask, [_hostname(account, host) for host in wanted])


def patch_hostnames(account: Account, ask: Ask) -> Json:
    """Add hostnames to a version and remove some."""
    body, version = body_of(ask), version_at(account, ask)
    added = [_hostname(account, host) for host in body.get("add", [])]
    # What is added again takes the place of what was there: one hostname cannot lead to two edge hostnames.
    out = {*body.get("remove", []), *(host["cnameFrom"] for host in added)}
    return _save_hostnames(account, ask, [host for host in version.hostnames if host["cnameFrom"] not in out] + added)


def create_cpcode(account: Account, ask: Ask) -> Told:
    """A new CP code."""
    body, made = body_of(ask), account.new_number()
    row = cpcode_row(made, str(body.get("cpcodeName", "")), str(body.get("productId", "")), account.now)
    account.papi.cpcodes[made] = Owned(row=row, contract_id=bare(ask.one("contractId")), group_id=number(ask.one("groupId")))
    link = _made_link(ask, f"cpc_{made}")
    return Told(value={"cpcodeLink": link}, location=link)


def create_edge_hostname(account: Account, ask: Ask) -> Told:
    """A new edge hostname."""
    body, made = body_of(ask), account.new_number()
    domain = f"{body.get('domainPrefix')}.{body.get('domainSuffix')}"
    if any(one.row["edgeHostnameDomain"] == domain for one in account.papi.edge_hostnames.values()):
        refuse(HTTPStatus.BAD_REQUEST, f"The edge hostname {domain} exists already.")
    row = edge_hostname_row(made, domain, str(body.get("productId", "")))
    owned = Owned(row=row, contract_id=bare(ask.one("contractId")), group_id=number(ask.one("groupId")))
    account.papi.edge_hostnames[made] = owned
    link = _made_link(ask, f"ehn_{made}")
    return Told(value={"edgeHostnameLink": link}, location=link)


def put_client_settings(account: Account, ask: Ask) -> Json:
    """Change how PAPI writes ids for this client."""
    account.papi.settings = {**account.papi.settings, **body_of(ask)}
    return account.papi.settings


def write_version(account: Account, one: Property, version: Version) -> None:
    """Record a change of a version, which gives it a new etag. Raises RefusalError if it can only be read."""
    if one.is_locked(version.number):
        detail = f"Version {version.number} of {one.name} was activated and can only be read. Create a new version of it."
        refuse(HTTPStatus.FORBIDDEN, detail, title="Version is read-only")
    version.changes += 1
    version.user, version.date = CALLER, account.now


def _create(account: Account, ask: Ask, kind: Kind) -> Told:
    body, contract, group = body_of(ask), bare(ask.one("contractId")), number(ask.one("groupId"))
    name, made = str(body.get(f"{kind}Name", "")), account.new_number()
    if any(one.name == name for one in account.papi.of_kind(kind).values()):
        refuse(HTTPStatus.CONFLICT, f"The name {name} is taken.")
    created = Property(
        number=made, kind=kind, name=name, contract_id=contract, group_id=group, product_id=str(body.get("productId", ""))
    )
    created.versions[1] = _first_version(account, body, kind)
    account.papi.of_kind(kind)[made] = created
    link = _link(created, "")
    return Told(value={f"{kind}Link": link}, location=link)


def _first_version(account: Account, body: Json, kind: Kind) -> Version:
    source = body.get("cloneFrom")
    rule_format = str(body.get("ruleFormat") or RULE_FORMATS[-1])
    tree: Json = {"name": "default", "options": {}, "behaviors": [], "criteria": [], "variables": [], "children": []}
    hostnames: list[Hostname] = []
    if isinstance(source, dict):
        base = found(account.papi.of_kind(kind).get(number(source.get(f"{kind}Id"))), "What is to be cloned")
        version = found(base.versions.get(number(source.get("version"))), "The version to clone")
        # A copy: rules of the clone that were the same objects would change with those of its source.
        tree, rule_format = deepcopy(version.rules), version.rule_format
        hostnames = deepcopy(version.hostnames) if source.get("copyHostnames") else []
    return Version(number=1, rules=tree, hostnames=hostnames, rule_format=rule_format, note="", user=CALLER, date=account.now)


def _save_rules(account: Account, ask: Ask, tree: Json, comment: str) -> Told:
    one, version = property_at(account, ask), version_at(account, ask)
    compare(account, one, version, ask.headers.get("if-match"))
    # A dry run is compared and validated like a write, or a client could not rely on what it says.
    if ask.one("dryRun") != "true":
        write_version(account, one, version)
        version.rules, version.note = tree, comment or version.note
    return rules(account, ask)


def _save_hostnames(account: Account, ask: Ask, hostnames: list[Hostname]) -> Json:
    one, version = property_at(account, ask), version_at(account, ask)
    compare(account, one, version, ask.headers.get("if-match"))
    write_version(account, one, version)
    version.hostnames = hostnames
    return version_hostnames(account, ask)


def _hostname(account: Account, asked: Json) -> Hostname:
    wanted, domain = bare(asked.get("edgeHostnameId", "")), asked.get("cnameTo")
    rows = [one.row for one in account.papi.edge_hostnames.values()]
    row = next((row for row in rows if bare(row["edgeHostnameId"]) == wanted or row["edgeHostnameDomain"] == domain), None)
    if row is None:
        refuse(HTTPStatus.BAD_REQUEST, f"There is no edge hostname {domain or wanted} for {asked.get('cnameFrom')}.")
    return {
        "cnameType": "EDGE_HOSTNAME",
        "cnameFrom": asked.get("cnameFrom"),
        "cnameTo": row["edgeHostnameDomain"],
        "edgeHostnameId": row["edgeHostnameId"],
        "certProvisioningType": asked.get("certProvisioningType", "CPS_MANAGED"),
    }


def compare(account: Account, one: Property, version: Version, etag: object) -> None:
    """Compare an etag that was read before with what a version has now. Raises RefusalError if they differ."""
    # The etag comes from a header or from a body, and proxies make it weak on the way: what it names is the same.
    written = str(etag or "").removeprefix("W/").strip('"')
    if account.compares and written and written != one.etag(version):
        detail = f"Version {version.number} was changed since it was read: its etag is {one.etag(version)}."
        refuse(HTTPStatus.PRECONDITION_FAILED, detail)


def _link(one: Property, rest: str) -> str:
    return f"{one.path}{rest}?contractId=ctr_{one.contract_id}&groupId=grp_{one.group_id}"


def _made_link(ask: Ask, identifier: str) -> str:
    contract, group = bare(ask.one("contractId")), bare(ask.one("groupId"))
    return f"{'/'.join(('', *ask.match.key))}/{identifier}?contractId=ctr_{contract}&groupId=grp_{group}"
