"""A cached response in Redis carries the end of its freshness, so that one whose expiry was removed is not served."""

from __future__ import annotations

import pytest

from akamai_mcp.pipeline.call import Response
from akamai_mcp.replicas.cache import pack, unpack


@pytest.mark.parametrize(("now", "served"), [(1000.0, True), (1059.0, True), (1061.0, False), (99_999.0, False)])
def test_a_response_is_served_until_its_sealed_end_and_not_longer(now: float, served: bool) -> None:
    packed = pack(Response(status=200, headers=(), content=b"{}", elapsed=0.1), 1000.0, 60.0)
    found = unpack(packed, now)
    assert (found is not None) is served
