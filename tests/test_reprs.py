"""What may hold a credential, or what a caller sent or was told, is left out of a value's repr, which ends up in logs and traces."""

from __future__ import annotations

import importlib
from dataclasses import fields

import pytest

HIDDEN = {
    "access.action.Action": "placed request decisive question others",
    "access.tokens.Holder": "digest",
    "audit.line.Attempt": "arguments question",
    "calls.prepare.RawArguments": "body headers",
    "catalogue.effects.Decisive": "value",
    "catalogue.effects.Sent": "body path query",
    "edgegrid.credentials.Credentials": "access_token account_switch_key client_secret client_token",
    "edgegrid.credentials.CredentialsSource": "environment",
    "edgegrid.customers_file.Definition": "account_switch_key",
    "edgegrid.edgerc.Section": "values",
    "pipeline.call.Call": "credentials",
    "pipeline.call.Response": "content headers",
    "pipeline.transport.proxies.Proxy": "url",
    "replicas.policy.SharingPolicy": "key url",
    "request.arguments.Placed": "adjusted body cookie extra_query header path query standard_headers",
    "request.bodies.EncodedBody": "content",
    "result.answer.Attachment": "base64",
}


@pytest.mark.parametrize(("name", "hidden"), HIDDEN.items())
def test_a_value_that_may_hold_a_secret_does_not_show_it(name: str, hidden: str) -> None:
    module, _, kind = name.rpartition(".")
    shown = {field.name for field in fields(getattr(importlib.import_module(f"akamai_mcp.{module}"), kind)) if field.repr}
    assert shown & {*hidden.split()} == set()
    assert shown or len(hidden.split()) > 1
