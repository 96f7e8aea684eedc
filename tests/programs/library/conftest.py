"""Fixtures of the tests of the library: a server with an account behind it that agrees with what is written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mcp_stage import (  # noqa: F401 - fixtures
    clean_environment,
    edgerc,
    fake,
    one_authority,
    open_stage,
    sandbox_server,
    served,
    settings,
    stage,
)

from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.programs.library.library import Library, library_folders
from akamai_mcp.sandbox.habits.habits import Habits
from akamai_mcp.sandbox.server import SandboxServer


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxServer]:
    """A running fake Akamai with an account whose work ends at once."""
    with sandbox_server(Habits(account=True, conflicts=True)) as running:
        yield running


@pytest.fixture(scope="session")
def library() -> Library:
    """The programs that come with the server."""
    return Library(library_folders(embedded_folder(), None))
