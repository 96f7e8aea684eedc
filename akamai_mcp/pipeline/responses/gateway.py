"""What Akamai's gateway says of a request that it did not pass on to an API. Pure.

The gateway checks the signature (`pep-authn`) and the grants (`pep-authz`) before an API sees the arguments, so its problems are
never about them. Their types end in `/-/pep-authn/...` and `/-/pep-authz/...`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

Gateway = Literal["authentication", "authorization"]
_PROBLEM_TYPE: Final = re.compile(r"/-/pep-(authn|authz)(?:/|\Z)")
_GATEWAYS: Final[Mapping[str, Gateway]] = {"authn": "authentication", "authz": "authorization"}


def gateway_of(problem: Mapping[str, Any]) -> Gateway | None:
    """Return which check of the gateway a problem is from, or None if it is an API's."""
    match = _PROBLEM_TYPE.search(str(problem.get("type", "")))
    return _GATEWAYS[match[1]] if match else None
