"""Every spelling of a path that a lenient server accepts folds to one."""

from __future__ import annotations

import pytest

from akamai_mcp.errors import ArgumentError
from akamai_mcp.openapi.paths import MAX_READINGS, fold, normalize, readings

PLAIN = "/config-dns/v2/keys"
SPELLINGS = [
    "/config-dns/v2/%6beys",
    "/config-dns/v2/%6Beys",
    "/config-dns/v2/%256beys",
    "/%63onfig-dns/v2/keys",
    "/config-dns/v2/keys;x",
    "/config-dns;a=b/v2/keys",
    "/config-dns/v2/keys%3Bx",
    "/Config-DNS/V2/KEYS",
    "/config-dns/v2/keys/",
    "/config-dns/v2/keys.",
    "/config-dns//v2/keys",
    "/config-dns/./v2/keys",
    "/config-dns/x/../v2/keys",
    "/config-dns/%2e/v2/keys",
    "/config-dns/v2%2fkeys",
    "/config-dns/v2%252Fkeys",
    "/config-dns/v2%5ckeys",
    "/config-dns/v2\\keys",
    "/config-dns/v2%c0%afkeys",
    "/config-dns/v2%e0%80%afkeys",
    "/config-dns/v2%f0%80%80%afkeys",
    "/config-dns/v2/%c1%abeys",
    "/config-dns/v2/%u006beys",
    "/config-dns/v2/%EF%BD%8Beys",
    "/config-dns/v2%EF%BC%8Fkeys",
    "/config-dns/v2%E2%88%95keys",
    "/config-dns/v2/%E2%84%AAeys",
    "/config-dns/v2/keys%20",
    "/config-dns/v2/keys%09",
    "/config-dns/v2/keys%00",
    "/config-dns/v2/keys%00.png",
    "/config-dns/v2/keys%3Fx=1",
    "/config-dns/v2/keys%23x",
    "/config-dns/v2/ke%E2%80%8Bys",
    "/config-dns/v2/k%CC%81eys",
]


@pytest.mark.parametrize("path", SPELLINGS)
def test_a_spelling_that_some_server_accepts_folds_to_the_plain_path(path: str) -> None:
    assert fold(path) == PLAIN
    assert PLAIN in readings(path)


@pytest.mark.parametrize(
    "path", ["/config-dns/v2/key", "/config-dns/v2/keys/x", "/config-dns/v2/key%73x", "/config-dns/v2/keys-1"]
)
def test_another_path_stays_another(path: str) -> None:
    assert fold(path) != PLAIN
    assert PLAIN not in readings(path)


def test_a_plain_path_has_one_reading() -> None:
    assert readings("/papi/v1/properties/prp_1") == ("/papi/v1/properties/prp_1",)


def test_parameters_may_be_dropped_before_or_after_decoding() -> None:
    assert {"/a", "/a/b"} <= set(readings("/a;x=%2Fb"))


@pytest.mark.parametrize(
    ("path", "same"),
    [("/%6beys", "/keys"), ("/a%2fb", "/a%2Fb"), ("/%7Ex%2d", "/~x-"), ("/a%20b", "/a%20b"), ("/%256b", "/%256b"), ("/A", "/A")],
)
def test_only_unreserved_characters_are_the_same_as_their_encoding(path: str, same: str) -> None:
    assert normalize(path) == same


def test_a_path_of_too_many_readings_is_refused_with_advice() -> None:
    with pytest.raises(ArgumentError, match="can be read in more than") as refused:
        readings("/a%" + "25" * (MAX_READINGS + 1) + "41")
    assert "percent-encoded at most once" in refused.value.advice
