"""The routes of lists and security configurations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from akamai_mcp.sandbox.account.account import Handler
from akamai_mcp.sandbox.account.security import activations, client_lists, configurations, network_lists, policies
from akamai_mcp.sandbox.account.security.activations import ACTIVATIONS
from akamai_mcp.sandbox.account.security.configurations import CONFIGS, ONE, VERSION

_POLICY: Final = f"{VERSION}/security-policies/{{policyId}}"
_TARGETS: Final = f"{VERSION}/match-targets"
_RATES: Final = f"{VERSION}/rate-policies"

ROUTES: Final[Mapping[tuple[str, str], Handler]] = {
    **network_lists.ROUTES,
    **client_lists.ROUTES,
    ("GET", CONFIGS): configurations.configs,
    ("POST", CONFIGS): configurations.create,
    ("GET", ONE): configurations.one_config,
    ("PUT", ONE): configurations.rename,
    ("DELETE", ONE): configurations.delete,
    ("GET", f"{ONE}/versions"): configurations.versions,
    ("POST", f"{ONE}/versions"): configurations.clone_version,
    ("GET", VERSION): configurations.one_version,
    ("DELETE", VERSION): configurations.delete_version,
    ("GET", f"{VERSION}/version-notes"): configurations.notes,
    ("PUT", f"{VERSION}/version-notes"): configurations.put_notes,
    ("GET", f"{VERSION}/selected-hostnames"): configurations.hostnames,
    ("PUT", f"{VERSION}/selected-hostnames"): configurations.put_hostnames,
    ("POST", ACTIVATIONS): activations.activate,
    ("GET", f"{ACTIVATIONS}/{{activationId}}"): activations.one_activation,
    ("GET", f"{ONE}/activations"): activations.history,
    ("GET", f"{VERSION}/security-policies"): policies.policies,
    ("POST", f"{VERSION}/security-policies"): policies.create,
    ("GET", _POLICY): policies.one_policy,
    ("PUT", _POLICY): policies.rename,
    ("DELETE", _POLICY): policies.delete,
    ("GET", f"{_POLICY}/ip-geo-firewall"): policies.part,
    ("PUT", f"{_POLICY}/ip-geo-firewall"): policies.put_part,
    ("GET", f"{_POLICY}/protections"): policies.part,
    ("PUT", f"{_POLICY}/protections"): policies.put_part,
    ("GET", f"{_POLICY}/mode"): policies.mode,
    ("PUT", f"{_POLICY}/mode"): policies.put_mode,
    ("GET", _TARGETS): policies.targets,
    ("POST", _TARGETS): policies.create_target,
    ("GET", f"{_TARGETS}/{{targetId}}"): policies.one_target,
    ("PUT", f"{_TARGETS}/{{targetId}}"): policies.put_target,
    ("DELETE", f"{_TARGETS}/{{targetId}}"): policies.delete_target,
    ("GET", _RATES): policies.rate_policies,
    ("GET", f"{_RATES}/{{ratePolicyId}}"): policies.one_rate_policy,
    ("PUT", f"{_RATES}/{{ratePolicyId}}"): policies.put_rate_policy,
    ("GET", "/appsec/v1/hostname-coverage"): policies.coverage,
}
