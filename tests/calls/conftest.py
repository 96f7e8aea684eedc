from __future__ import annotations

from collections.abc import Iterator

import pytest
from calls_stage import CallsStage, zoo_catalogue, zoo_customers

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.edgegrid.customers import Customers


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    """The catalogue of the tests' own zoo."""
    opened = zoo_catalogue(tmp_path_factory.mktemp("zoo"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def customers(tmp_path_factory: pytest.TempPathFactory) -> Customers:
    """The customers of its visitors."""
    return zoo_customers(tmp_path_factory.mktemp("customers"))


@pytest.fixture
def stage(zoo: Catalogue, customers: Customers) -> CallsStage:
    """An invoker over the zoo."""
    return CallsStage(zoo, customers)
