"""A policy does by default what the settings say by default, so that no number stands in two places and differs."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from akamai_mcp.access.authentication import AuthPolicy, JwtPolicy
from akamai_mcp.access.consent.confirmation import ConfirmationPolicy
from akamai_mcp.access.listening import ListenPolicy
from akamai_mcp.access.quotas import QuotaPolicy
from akamai_mcp.audit.line import AuditPolicy
from akamai_mcp.pipeline.stack import PipelinePolicies
from akamai_mcp.pipeline.transport.downloads import DownloadPolicy
from akamai_mcp.pipeline.transport.transport import TransportPolicy
from akamai_mcp.programs.policy import ProgramPolicy
from akamai_mcp.request.files import FilePolicy
from akamai_mcp.settings import PREFIX, Settings

WITH_TOKENS = {"auth_issuer": "https://i.example", "auth_audience": "mcp"}
BUILT: list[tuple[Callable[[Settings], Any], Any]] = [
    (Settings.pipeline_policies, PipelinePolicies()),
    (Settings.transport_policy, TransportPolicy()),
    (Settings.confirmation_policy, ConfirmationPolicy()),
    (Settings.audit_policy, AuditPolicy()),
    (Settings.quota_policy, QuotaPolicy()),
    (Settings.listen_policy, ListenPolicy()),
    (Settings.auth_policy, AuthPolicy()),
    (
        lambda settings: settings.model_copy(update=WITH_TOKENS).auth_policy().jwt,
        JwtPolicy(issuer="https://i.example", audience="mcp"),
    ),
    (Settings.download_policy, DownloadPolicy()),
    (Settings.file_policy, FilePolicy()),
    (Settings.program_policy, ProgramPolicy()),
]


@pytest.mark.parametrize(("build", "policy"), BUILT, ids=[type(policy).__name__ for _, policy in BUILT])
def test_a_policy_and_the_settings_have_the_same_defaults(
    monkeypatch: pytest.MonkeyPatch, build: Callable[[Settings], Any], policy: Any
) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    assert build(Settings()) == policy
