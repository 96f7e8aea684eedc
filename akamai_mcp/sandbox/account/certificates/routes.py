"""The routes of CPS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from akamai_mcp.sandbox.account.account import Handler
from akamai_mcp.sandbox.account.certificates import changes, enrollments
from akamai_mcp.sandbox.account.certificates.enrollments import ENROLLMENTS

_ONE: Final = f"{ENROLLMENTS}/{{enrollmentId}}"
_CHANGE: Final = f"{_ONE}/changes/{{changeId}}"

ROUTES: Final[Mapping[tuple[str, str], Handler]] = {
    ("GET", ENROLLMENTS): enrollments.enrollments,
    ("POST", ENROLLMENTS): enrollments.create,
    ("GET", _ONE): enrollments.one_enrollment,
    ("PUT", _ONE): enrollments.update,
    ("DELETE", _ONE): enrollments.delete,
    ("GET", f"{_ONE}/deployments"): enrollments.deployments,
    ("GET", f"{_ONE}/deployments/production"): enrollments.deployment,
    ("GET", f"{_ONE}/deployments/staging"): enrollments.deployment,
    ("GET", f"{_ONE}/history/certificates"): enrollments.certificates,
    ("GET", _CHANGE): changes.one_change,
    ("DELETE", _CHANGE): changes.cancel,
    ("GET", f"{_CHANGE}/deployment-schedule"): changes.schedule,
    ("GET", f"{_CHANGE}/input/info/{{allowedInputTypeParam}}"): changes.info,
    ("POST", f"{_CHANGE}/input/update/{{allowedInputTypeParam}}"): changes.update,
}
