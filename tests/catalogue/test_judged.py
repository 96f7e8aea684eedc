"""No switch of an operation and no credential of an answer goes without a judgement."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.openapi.model import Operation, Schema

DATA = Path(__file__).parents[1] / "data"
SWITCH = re.compile(
    r"(is)?(enabled?|disabled?|active|activate|inactive|deleted?|revoked?|networks?|environment|(\w*_)?stat(us|e)|\w+Stat(us|e)"
    r"|suspend\w*|lock(ed)?|expir\w*|\w+Expir\w*|terminat\w*|action|mode|overwrite|replace|remove)",
    re.IGNORECASE,
)
CREDENTIAL = re.compile(
    r"token|secret|passw|pwd|passphrase|credential|private_?key|(api|access|shared|auth|signing|encryption|ssh|g2o|tsig|account)_?keys?$"
    r"|bearer|jwt|hmac|activationcode|entitlement|^pin$|^keys?$",
    re.IGNORECASE,
)
SWITCH_DEPTH = 3
ANSWER_DEPTH = 8


def judged(name: str) -> Any:
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


def members(schema: Any, depth: int) -> Iterator[tuple[str, Schema]]:
    """Every member of a schema, so many levels down."""
    if not isinstance(schema, Mapping) or depth < 0:
        return
    for keyword in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(keyword) or ():
            yield from members(part, depth)
    for keyword in ("items", "additionalProperties"):
        yield from members(schema.get(keyword), depth - 1)
    for name, part in (schema.get("properties") or {}).items():
        if isinstance(part, Mapping):
            yield name, part
        yield from members(part, depth - 1)


def switches(operation: Operation) -> set[str]:
    names = {parameter.name for parameter in operation.parameters if parameter.location in {"path", "query"}}
    for media in operation.request_body.content if operation.request_body else ():
        names |= {name for name, part in members(media.schema, SWITCH_DEPTH) if not part.get("readOnly")}
    return {name for name in names if SWITCH.fullmatch(name)}


def credentials(operation: Operation) -> set[str]:
    schemas = [media.schema for answer in operation.responses if answer.is_success for media in answer.content]
    found = {
        (name, str(part.get("type")))
        for schema in schemas
        for name, part in members(schema, ANSWER_DEPTH)
        if not part.get("writeOnly")
    }
    return {name for name, kind in found if CREDENTIAL.search(name) and kind not in {"boolean", "integer", "number"}}


@pytest.fixture(scope="module")
def operations(catalogue: Catalogue) -> list[tuple[Entry, Operation]]:
    return [(entry, catalogue.operation(entry)) for entry in catalogue.entries()]


def test_every_plain_write_with_a_switch_is_judged(operations: list[tuple[Entry, Operation]]) -> None:
    plain = {entry.key for entry, operation in operations if entry.effect.worst == "write" and switches(operation)}
    reasons = judged("judged_effects.yaml")
    keys = [key for group in reasons.values() for key in group]
    assert len(keys) == len(set(keys))
    assert sorted(plain) == sorted(keys)


def test_every_member_of_an_answer_that_is_named_like_a_credential_is_judged(operations: list[tuple[Entry, Operation]]) -> None:
    found = {(entry.product, name) for entry, operation in operations if not entry.secret for name in credentials(operation)}
    known = judged("judged_secrets.yaml")
    assert found == {(product, name) for product, names in known.items() for name in names}
    assert all(reason for names in known.values() for reason in names.values())


@pytest.mark.parametrize(
    "key",
    [
        "sandbox-api/v1#get-sandbox",
        "sandbox-api/v1#get-sandboxes",
        "datastream-config-api/v2#post-prepare-payload",
        "papi/v1#get-property-version-rules",
        "papi/v1#get-include-version-rules",
        "netstorage-usage-api/v1#get-event-subscription",
    ],
)
def test_an_answer_in_which_a_credential_may_stand_is_marked_and_not_asked_for(catalogue: Catalogue, key: str) -> None:
    assert (catalogue.get(key).secret, catalogue.get(key).reveals) == (True, False)


@pytest.mark.parametrize(
    "key",
    [
        "edgekv/v1#put-namespace",
        "cps/v2#put-change-deployment-schedule",
        "identity-management/v3#put-client-credential",
        "identity-management/v2#put-self-credential",
        "identity-management/v1#put-identity-credential",
        "identity-management/v3#put-ui-uiidentity-auth-grants",
        "identity-management/v3#put-api-clients",
        "identity-management/v3#put-property",
        "config-media-live/v2#post-streams-migrate-revert",
        "appsec/v1#post-onboarding-certificate-validation",
        "apikey-manager-api/v1#post-keys-restore",
        "taas/v2#post-unrevoke-revocation-list-ids",
    ],
)
def test_what_takes_away_or_opens_with_any_argument_is_destructive(catalogue: Catalogue, key: str) -> None:
    assert catalogue.get(key).effect.mildest == "destroy"
