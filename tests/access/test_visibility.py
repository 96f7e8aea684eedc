"""What is listed is what the caller may do with some arguments, and no more of it is offered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.callers import ALL_EFFECTS, Caller, Grant
from akamai_mcp.access.policy import Rules
from akamai_mcp.access.visibility import View, Visibility
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.edgegrid.credentials import CredentialsSource
from akamai_mcp.edgegrid.customers import Customers

# With network: STAGING it is a write, else it destroys.
ACTIVATION = "papi/v1#post-property-activations"
DELETION = "papi/v1#delete-property"
READ = "papi/v1#get-property"
SECTION = "[default]\nhost = akab.example\nclient_token = a\nclient_secret = b\naccess_token = c\n"


def view(catalogue: Catalogue, folder: Path, grant: Grant, **rules: Any) -> View:
    """What a caller with one grant sees under the server's rules."""
    edgerc = folder / ".edgerc"
    edgerc.write_text(SECTION, encoding="utf-8")
    caller = Caller(name="ann", grants=(grant,))
    customers = CallerCustomers(Customers(CredentialsSource(edgerc=edgerc, environment={}), "default"), lambda: caller)
    return Visibility(catalogue, Rules(source="the test", **rules), customers, lambda: caller).view()


def test_the_operations_under_test_are_what_their_names_say(catalogue: Catalogue) -> None:
    effects = [(catalogue.get(key).effect.mildest, catalogue.get(key).effect.worst) for key in (ACTIVATION, DELETION, READ)]
    assert effects == [("write", "destroy"), ("destroy", "destroy"), ("read", "read")]


@pytest.mark.parametrize(
    ("effects", "allow", "shown"),
    [
        ({"read", "write", "destroy"}, (ACTIVATION,), {"write", "destroy"}),
        ({"read", "write"}, (ACTIVATION,), {"write"}),
        ({"read", "write"}, (ACTIVATION, DELETION), {"write"}),
        ({"read", "write"}, (ACTIVATION, READ), {"read", "write"}),
        ({"destroy"}, (DELETION, READ), {"destroy"}),
    ],
)
def test_an_effect_is_offered_only_where_some_call_with_it_is_allowed(
    catalogue: Catalogue, tmp_path: Path, effects: set[Any], allow: tuple[str, ...], shown: set[str]
) -> None:
    seen = view(catalogue, tmp_path, Grant(role="some", effects=frozenset(effects)), allow=allow)
    assert seen.effects == shown
    assert seen.keys == {key for key in allow if catalogue.get(key).effect.mildest in effects}


def test_a_worst_effect_that_the_server_forbids_is_not_offered(catalogue: Catalogue, tmp_path: Path) -> None:
    seen = view(catalogue, tmp_path, Grant(role="all", effects=ALL_EFFECTS), read_only=True)
    assert seen.effects == {"read"}
    assert not seen.shows(catalogue.get(ACTIVATION))
    assert seen.shows(catalogue.get(READ))
