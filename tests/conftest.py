from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.documents.location import Location, open_catalogue

pytest_plugins = ("run_figures",)

SPECS = Path(__file__).parents[1] / "specs"

# The same examples on every run, and no deadline: a busy machine is not a failure.
settings.register_profile("akamai-mcp", derandomize=True, deadline=None)
settings.load_profile("akamai-mcp")


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The catalogue of the documents that come with the project, over an index of the tests' own."""
    location = Location(root=SPECS, origin="the project's own")
    return open_catalogue(location, tmp_path_factory.mktemp("index"))
