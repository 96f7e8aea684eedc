from __future__ import annotations

from mcp_stage import (  # noqa: F401 - fixtures
    child_environment,
    clean_environment,
    edgerc,
    either,
    fake,
    one_authority,
    open_stage,
    sandbox,
    served,
    settings,
    stage,
)
from planted import planted  # noqa: F401 - fixture
from redis_stage import one_redis, redis  # noqa: F401 - fixtures
from service_stage import book, open_service  # noqa: F401 - fixtures
