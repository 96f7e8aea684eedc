"""Fixtures of the tests of programs: a server with the sandbox behind it."""

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
from programs.programs import open_with_user  # noqa: F401 - a fixture
from redis_stage import one_redis, redis  # noqa: F401 - fixtures
