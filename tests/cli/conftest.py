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
    sandbox_settings,
    served,
    settings,
    stage,
)
