from __future__ import annotations

from mcp_stage import child_environment, clean_environment, edgerc, fake, one_authority, sandbox  # noqa: F401 - fixtures
