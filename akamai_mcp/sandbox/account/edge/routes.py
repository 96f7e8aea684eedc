"""The routes of EdgeWorkers and DataStream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from akamai_mcp.sandbox.account.account import Handler
from akamai_mcp.sandbox.account.edge import places, streams, workers

_W: Final = "/edgeworkers/v1"
_ONE: Final = f"{_W}/ids/{{edgeWorkerId}}"
_S: Final = "/datastream-config-api/v2/log"
_STREAM: Final = f"{_S}/streams/{{streamId}}"

ROUTES: Final[Mapping[tuple[str, str], Handler]] = {
    ("GET", f"{_W}/groups"): places.groups,
    ("GET", f"{_W}/contracts"): places.contracts,
    ("GET", f"{_W}/resource-tiers"): places.tiers,
    ("GET", f"{_W}/ids"): workers.workers,
    ("POST", f"{_W}/ids"): workers.create,
    ("GET", _ONE): workers.one_worker,
    ("PUT", _ONE): workers.update,
    ("DELETE", _ONE): workers.delete,
    ("GET", f"{_ONE}/properties"): places.properties,
    ("GET", f"{_ONE}/versions"): workers.versions,
    ("POST", f"{_ONE}/versions"): workers.upload,
    ("GET", f"{_ONE}/versions/{{version}}"): workers.one_version,
    ("DELETE", f"{_ONE}/versions/{{version}}"): workers.delete_version,
    ("GET", f"{_ONE}/versions/{{version}}/content"): workers.content,
    ("GET", f"{_ONE}/activations"): workers.activations,
    ("POST", f"{_ONE}/activations"): workers.activate,
    ("POST", f"{_ONE}/activations/rollback"): workers.roll_back,
    ("GET", f"{_ONE}/activations/{{activationId}}"): workers.one_activation,
    ("DELETE", f"{_ONE}/activations/{{activationId}}"): workers.cancel,
    ("GET", f"{_ONE}/deactivations"): workers.activations,
    ("POST", f"{_ONE}/deactivations"): workers.activate,
    ("GET", f"{_ONE}/deactivations/{{deactivationId}}"): workers.one_activation,
    ("GET", f"{_S}/datasets-fields"): streams.fields,
    ("GET", f"{_S}/groups"): streams.groups,
    ("GET", f"{_S}/groups/{{groupId}}/properties"): streams.group_properties,
    ("GET", f"{_S}/streams"): streams.streams,
    ("POST", f"{_S}/streams"): streams.create,
    ("GET", _STREAM): streams.one_stream,
    ("PUT", _STREAM): streams.replace,
    ("PATCH", _STREAM): streams.patch,
    ("DELETE", _STREAM): streams.delete,
    ("POST", f"{_STREAM}/activate"): streams.activate,
    ("POST", f"{_STREAM}/deactivate"): streams.activate,
    ("GET", f"{_STREAM}/activation-history"): streams.activation_history,
    ("GET", f"{_STREAM}/history"): streams.history,
}
